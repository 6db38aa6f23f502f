/** Accounts by invitation: on the wire (XEP-0401, XEP-0445), and by HTTP for the page. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testHost } from '../testing/test-host.js';
import { MemoryStorage } from '../storage/memory.js';
import { storageOf } from '../storage/storage.js';
import type { AccountStore } from '../host/host.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import { InvalidInvitation, Invitations } from './invitations/invitations.js';

let running: TestServer;
let http: Server;
let url: string;

beforeEach(async () => {
  running = await startTestServer();
  http = createServer((request, response) => running.server.handleInvitation(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await running.stop();
  http.close();
  http.closeAllConnections();
});

async function invite(kind: 'account' | 'reset', username?: string, lifetime = 3600): Promise<string> {
  const invitation = await running.server.invitations?.create({ kind, username, lifetime });
  return invitation?.token ?? '';
}

const accounts = () => running.server.accounts.list(domain);

describe('on the wire', () => {
  const ask = async (client: RawTcp, payload: string): Promise<string> => {
    client.send(`<iq type='set' id='i' to='${domain}'>${payload}</iq>`);
    return client.until(/<iq[^>]*(\/>|>.*?<\/iq>)/s);
  };
  const preauth = (token: string): string => `<preauth xmlns='urn:xmpp:pars:0' token='${token}'/>`;
  const register = (username: string, password = 'secret'): string =>
    `<query xmlns='jabber:iq:register'><username>${username}</username><password>${password}</password></query>`;
  const connect = () => RawTcp.secured(running.server.ports.c2s);

  it('a token opens what is closed otherwise, once', async () => {
    const token = await invite('account');
    const client = await connect();
    expect(await ask(client, register('romeo'))).toContain('<error type="modify"><not-acceptable');
    expect(await ask(client, preauth(token))).toContain('type="result"');
    expect(await ask(client, register('romeo'))).toContain('type="result"');
    expect(await accounts()).toEqual([`romeo@${domain}`]);
    expect(await ask(client, register('juliet'))).toContain('<not-acceptable');
    expect(await ask(await connect(), preauth(token))).toContain('<error type="cancel"><forbidden');
  });

  it('a token for a name is for no other', async () => {
    const client = await connect();
    await ask(client, preauth(await invite('account', 'Romeo')));
    expect(await ask(client, register('juliet'))).toContain('<not-acceptable');
    expect(await ask(client, register('romeo'))).toContain('type="result"');
    expect(await accounts()).toEqual([`romeo@${domain}`]);
  });

  it('a failure leaves the token good', async () => {
    await running.server.accounts.register('romeo', domain, 'his');
    const client = await connect();
    await ask(client, preauth(await invite('account')));
    expect(await ask(client, register('romeo'))).toContain('<conflict');
    expect(await ask(client, register('juliet'))).toContain('type="result"');
  });

  it('a token is shown by one stream for itself alone', async () => {
    const [one, other] = [await connect(), await connect()];
    await ask(one, preauth(await invite('account')));
    expect(await ask(other, register('romeo'))).toContain('<not-acceptable');
  });

  it('a token is not taken in the clear', async () => {
    const client = await RawTcp.open(running.server.ports.c2s);
    client.send(streamHeader());
    await client.until(/<\/stream:features>/);
    expect(await ask(client, preauth(await invite('account')))).toContain('<policy-violation');
  });

  it('what it can do is announced before the login, and there only', async () => {
    const client = await RawTcp.open(running.server.ports.c2s);
    client.send(`${streamHeader()}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    await client.until(/<proceed[^>]*>/);
    await client.startTls();
    client.send(streamHeader());
    const features = await client.until(/<\/stream:features>/);
    expect(features).toContain('<register xmlns="urn:xmpp:ibr-token:0"/>');
    expect(features).toContain('<register xmlns="urn:xmpp:invite"/>');
    expect(features).not.toContain('http://jabber.org/features/iq-register');
  });
});

describe('by HTTP', () => {
  const post = async (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown; headers: Headers }> => {
    const response = await fetch(`${url}/invite/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };

  it('looking tells what the invitation is for, as often as one likes', async () => {
    const token = await invite('account', 'romeo');
    for (let i = 0; i < 2; i++) {
      expect(await post('look', { token })).toMatchObject({
        status: 200,
        body: { kind: 'account', username: 'romeo', domain },
      });
    }
  });

  it('accepting makes the account, once', async () => {
    const token = await invite('account');
    const body = { token, username: 'romeo', password: 'wherefore' };
    expect(await post('accept', body)).toMatchObject({ status: 200, body: { username: 'romeo', domain } });
    expect(await post('accept', body)).toMatchObject({ status: 404, body: { error: 'invalid' } });
    expect(await post('look', { token })).toMatchObject({ status: 404 });
    expect(await accounts()).toEqual([`romeo@${domain}`]);
  });

  it('a reset sets the password of the account that it is for, and ends its sessions', async () => {
    await running.server.accounts.register('romeo', domain, 'forgotten');
    const client = await RawTcp.secured(running.server.ports.c2s);
    const plain = Buffer.from('\0romeo\0forgotten').toString('base64');
    client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`);
    await client.until(/<success[^>]*>/);
    client.send(
      `${streamHeader()}<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`,
    );
    await client.until(/<\/iq>/);
    const token = await invite('reset', 'romeo');
    expect(await post('accept', { token, password: 'remembered' })).toMatchObject({ status: 200 });
    expect(await client.rest()).toContain('<reset');
  });

  it('what never was, what was used and what expired is answered alike', async () => {
    const expired = await invite('account', undefined, -1);
    const answers = [
      await post('accept', { token: 'guessed', username: 'a', password: 'b' }),
      await post('accept', { token: expired, username: 'a', password: 'b' }),
      await post('look', { token: expired }),
    ];
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array(3).fill([404, { error: 'invalid' }]),
    );
    expect(await accounts()).toEqual([]);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
  ])('a page of %s is refused', async (_, headers, status) => {
    const token = await invite('account');
    const body = { token, username: 'romeo', password: 'x' };
    expect((await post('accept', body, headers)).status).toBe(status);
    expect(await accounts()).toEqual([]);
  });

  it('a password that could be read on the way is refused', async () => {
    const token = await invite('account');
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const body = { token, username: 'romeo', password: 'x' };
    expect(await post('accept', body, headers)).toMatchObject({ status: 403, body: { error: 'insecure' } });
    const secure = { ...headers, 'x-forwarded-proto': 'https' };
    expect((await post('accept', body, secure)).status).toBe(200);
  });

  it.each([
    ['no JSON', '{', 400],
    ['something else', { token: 1 }, 400],
    ['more than it may be', { token: 'x'.repeat(5000) }, 413],
  ])('a body that is %s is refused', async (_, body, status) => {
    expect((await post('accept', body)).status).toBe(status);
  });

  it('names and passwords that cannot be are told', async () => {
    const token = await invite('account');
    await running.server.accounts.register('tybalt', domain, 'x');
    const accept = (username: string, password: string) => post('accept', { token, username, password });
    expect(await accept('ty balt', 'x')).toMatchObject({ status: 422, body: { error: 'bad-username' } });
    expect(await accept('romeo', '\u0000')).toMatchObject({ status: 422, body: { error: 'bad-password' } });
    expect(await accept('tybalt', 'x')).toMatchObject({ status: 409, body: { error: 'conflict' } });
  });

  it('whoever keeps guessing is not heard any more', async () => {
    const token = await invite('account');
    for (let i = 0; i < 101; i++) await post('look', { token: `guess${i}` });
    expect((await post('look', { token })).status).toBe(429);
  });

  it('nothing of it may be kept, framed or done by a link', async () => {
    const { headers } = await post('look', { token: 'x' });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect((await fetch(`${url}/invite/accept?token=x`)).status).toBe(405);
    expect((await fetch(`${url}/invite/else`, { method: 'POST' })).status).toBe(404);
  });
});

describe('tokens', () => {
  const store: AccountStore = {
    register: () => Promise.resolve(),
    setPassword: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    exists: (name) => Promise.resolve(name === 'romeo'),
    list: () => Promise.resolve(['romeo']),
    disable: () => Promise.resolve(),
    enable: () => Promise.resolve(),
    disabled: () => undefined,
    listDisabled: () => [],
  };

  it('are not kept, only their hashes', async () => {
    const storage = new MemoryStorage();
    const { token } = await new Invitations(testHost(domain).host, store, storageOf(storage, domain)).create({
      kind: 'account',
      lifetime: 60,
    });
    const kept = storage.keyval(domain, 'invitations', z.unknown());
    const [key] = await kept.users();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify([key, await kept.get(key ?? '')])).not.toContain(token);
  });

  it('are good for one of two who come at the same time', async () => {
    const invited = new Invitations(testHost(domain).host, store, storageOf(new MemoryStorage(), domain));
    const { token } = await invited.create({ kind: 'account', lifetime: 60 });
    const both = await Promise.allSettled([invited.redeem(token, 'a', 'x'), invited.redeem(token, 'b', 'x')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: expect.any(InvalidInvitation) as unknown });
  });

  it('are made for what is there, or is not', async () => {
    const invited = new Invitations(testHost(domain).host, store, storageOf(new MemoryStorage(), domain));
    const create = (kind: 'account' | 'reset', username?: string) =>
      invited.create({ kind, username, lifetime: 60 });
    await expect(create('account', 'romeo')).rejects.toMatchObject({ code: 'conflict' });
    await expect(create('reset', 'juliet')).rejects.toMatchObject({ code: 'unknown-account' });
    await expect(create('reset')).rejects.toMatchObject({ code: 'bad-username' });
  });

  it('die with the account that they are for', async () => {
    await running.server.accounts.register('romeo', domain, 'x');
    const token = await invite('reset', 'romeo');
    await running.server.accounts.remove('romeo', domain);
    await running.server.accounts.register('romeo', domain, 'of somebody else');
    expect(await running.server.invitations?.look(token)).toBeUndefined();
  });
});
