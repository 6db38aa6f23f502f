/** In-Band Registration (XEP-0077), on connections as clients have them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Dialogue } from '../testing/dialogue.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import { Quota } from './registration/quota.js';

let running: TestServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const start = async (options?: Record<string, unknown>): Promise<TestServer> => {
  running = await startTestServer(
    options === undefined ? {} : { modules: { [domain]: { registration: options } } },
  );
  return running;
};

const register = (fields: string, type = 'set'): string =>
  `<iq type='${type}' id='r' to='${domain}'><query xmlns='jabber:iq:register'>${fields}</query></iq>`;
const credentials = (username: string, password: string): string =>
  `<username>${username}</username><password>${password}</password>`;

const ask = async (client: RawTcp, iq: string): Promise<string> => {
  client.send(iq);
  return client.until(/<iq[^>]*(\/>|>.*?<\/iq>)/s);
};

async function login(server: TestServer, username: string, password: string): Promise<RawTcp> {
  const client = await RawTcp.secured(server.server.ports.c2s);
  return authenticate(client, username, password);
}

async function authenticate(client: RawTcp, username: string, password: string): Promise<RawTcp> {
  const plain = Buffer.from(`\0${username}\0${password}`).toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader());
  await client.until(/<\/stream:features>/);
  client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  await client.until(/<\/iq>/);
  return client;
}

describe('a stranger', () => {
  it('may not make an account, unless the operator wants it', async () => {
    const { server } = await start();
    const client = await RawTcp.secured(server.ports.c2s);
    expect(await ask(client, register(credentials('romeo', 'x')))).toMatch(/type="error".*not-acceptable/s);
    expect(await server.accounts.list(domain)).toEqual([]);
  });

  it('makes one where that is open, and logs in on the same stream', async () => {
    const { server } = await start({ open: true });
    const client = await RawTcp.secured(server.ports.c2s);
    expect(await ask(client, register('', 'get'))).toMatch(/<username\/><password\/>.*jabber:x:data/s);
    expect(await ask(client, register(credentials('Romeo', 'wherefore')))).toContain('type="result"');
    expect(await server.accounts.list(domain)).toEqual([`romeo@${domain}`]);
    await authenticate(client, 'romeo', 'wherefore');
  });

  it('may fill in the data form instead', async () => {
    const { server } = await start({ open: true });
    const client = await RawTcp.secured(server.ports.c2s);
    const field = (name: string, value: string): string =>
      `<field var='${name}'><value>${value}</value></field>`;
    const form = `<x xmlns='jabber:x:data' type='submit'>${field('username', 'juliet')}${field('password', 'x')}</x>`;
    expect(await ask(client, register(form))).toContain('type="result"');
    expect(await server.accounts.list(domain)).toEqual([`juliet@${domain}`]);
  });

  it.each([
    ['a name that is taken', credentials('tybalt', 'x'), 'cancel', 'conflict'],
    ['a name that cannot be', credentials('ro meo', 'x'), 'modify', 'not-acceptable'],
    ['no password', '<username>romeo</username>', 'modify', 'not-acceptable'],
    ['no name', '<password>x</password>', 'modify', 'not-acceptable'],
    ['a removal', '<remove/>', 'auth', 'registration-required'],
  ])('is told what is wrong with %s', async (_, fields, type, condition) => {
    const { server } = await start({ open: true });
    await server.accounts.register('tybalt', domain, 'x');
    const client = await RawTcp.secured(server.ports.c2s);
    const answer = await ask(client, register(fields));
    expect(answer).toContain(`<error type="${type}"><${condition}`);
  });

  it('sends no password in the clear', async () => {
    const { server } = await start({ open: true });
    const client = await RawTcp.open(server.ports.c2s);
    client.send(streamHeader());
    await client.until(/<\/stream:features>/);
    expect(await ask(client, register(credentials('romeo', 'x')))).toContain('<policy-violation');
  });

  it('makes no more than a few', async () => {
    const { server } = await start({ open: true, accountsPerAddress: 2 });
    const client = await RawTcp.secured(server.ports.c2s);
    await ask(client, register(credentials('one', 'x')));
    await ask(client, register(credentials('two', 'x')));
    expect(await ask(client, register(credentials('three', 'x')))).toContain(
      '<error type="wait"><policy-violation',
    );
    expect(await server.accounts.list(domain)).toHaveLength(2);
  });

  it('asks nothing else before logging in', async () => {
    const { server } = await start({ open: true });
    const client = await RawTcp.secured(server.ports.c2s);
    client.send(`<iq type='get' id='v' to='${domain}'><query xmlns='jabber:iq:version'/></iq>`);
    expect(await client.rest()).toContain('<not-authorized');
  });
});

describe('the owner of an account', () => {
  it('changes the password: other sessions end, this one stays', async () => {
    const test = await start();
    await test.server.accounts.register('romeo', domain, 'old');
    const [one, other] = [await login(test, 'romeo', 'old'), await login(test, 'romeo', 'old')];
    expect(await ask(one, register(credentials('romeo', 'new')))).toContain('type="result"');
    expect(await other.rest()).toContain('<reset');
    expect(await ask(one, register('', 'get'))).toMatch(/<registered\/><username>romeo<\/username>/);
    await login(test, 'romeo', 'new');
  });

  it('changes nobody else’s', async () => {
    const test = await start();
    await test.server.accounts.register('romeo', domain, 'old');
    await test.server.accounts.register('juliet', domain, 'hers');
    const romeo = await login(test, 'romeo', 'old');
    expect(await ask(romeo, register(credentials('juliet', 'x')))).toContain('<bad-request');
    expect(await ask(romeo, register('<username>romeo</username>'))).toContain('<bad-request');
    await login(test, 'juliet', 'hers');
  });

  it('removes it: the answer comes, then the stream ends, and all is gone', async () => {
    const test = await start();
    await test.server.accounts.register('romeo', domain, 'old');
    const romeo = await login(test, 'romeo', 'old');
    expect(await ask(romeo, register('<remove/>'))).toContain('type="result"');
    expect(await romeo.rest()).toContain('<not-authorized');
    expect(await test.server.accounts.list(domain)).toEqual([]);
  });
});

describe('an account that is disabled', () => {
  const outcome = async (mechanism: string, password: string): Promise<string> => {
    const client = await RawTcp.secured(running?.server.ports.c2s ?? 0);
    const plain = Buffer.from(`\0romeo\0${password}`).toString('base64');
    client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${plain}</auth>`);
    return client.until(/<success|<\/failure>/);
  };

  it('ends its sessions and lets nobody in; only its owner is told why', async () => {
    const test = await start();
    const { accounts } = test.server;
    await accounts.register('romeo', domain, 'secret');
    const romeo = await login(test, 'romeo', 'secret');
    await accounts.disable('romeo', domain);
    expect(await romeo.rest()).toContain('<not-authorized');
    expect(await outcome('PLAIN', 'secret')).toContain('<account-disabled/>');
    expect(await outcome('PLAIN', 'guess')).toContain('<not-authorized/>');
    expect(accounts.listDisabled(domain)).toEqual([`romeo@${domain}`]);
    await accounts.enable('romeo', domain);
    expect(await outcome('PLAIN', 'secret')).toContain('<success');
  });

  it('is what is left of one for a while that its owner has removed, where the operator wants it', async () => {
    const test = await start({ removalGrace: 3600 });
    const { accounts } = test.server;
    await accounts.register('romeo', domain, 'secret');
    const romeo = await login(test, 'romeo', 'secret');
    expect(await ask(romeo, register('<remove/>'))).toContain('type="result"');
    await romeo.rest();
    expect(await outcome('PLAIN', 'secret')).toContain('<account-disabled/>');
    expect(await accounts.list(domain)).toEqual([`romeo@${domain}`]);
  });

  it('goes when its time has come', async () => {
    const stage = await Dialogue.open();
    await stage.account('romeo');
    const store = stage.router.host('verona.lit')?.accountStore;
    await store?.disable('romeo', '2020-01-01T00:00:00.000Z');
    await stage.account('tybalt');
    await store?.disable('tybalt', '2099-01-01T00:00:00.000Z');
    await stage.account('mercutio');
    await store?.disable('mercutio');
    stage.close();
    const again = await Dialogue.open(undefined, stage.storage);
    await vi.waitFor(async () =>
      expect(await again.router.host('verona.lit')?.accountStore?.list()).toEqual(['mercutio', 'tybalt']),
    );
    again.close();
  });
});

describe('the name of an account that is gone', () => {
  it('rests: strangers are told that it is taken, administrators may give it away', async () => {
    const { server } = await start({ open: true });
    await server.accounts.register('romeo', domain, 'his');
    await server.accounts.remove('romeo', domain);
    const client = await RawTcp.secured(server.ports.c2s);
    expect(await ask(client, register(credentials('Romeo', 'x')))).toContain(
      '<error type="cancel"><conflict',
    );
    const open = await server.invitations?.create({ kind: 'account', lifetime: 60 });
    await expect(server.invitations?.redeem(open?.token ?? '', 'romeo', 'x')).rejects.toMatchObject({
      code: 'conflict',
    });
    const named = await server.invitations?.create({ kind: 'account', username: 'romeo', lifetime: 60 });
    expect(await server.invitations?.redeem(named?.token ?? '', undefined, 'x')).toBe('romeo');
  });

  it('is free again after that', async () => {
    running = await startTestServer({
      modules: { [domain]: { registration: { open: true }, 'retired-names': { days: 1e-9 } } },
    });
    const { server } = running;
    await server.accounts.register('romeo', domain, 'his');
    await server.accounts.remove('romeo', domain);
    const client = await RawTcp.secured(server.ports.c2s);
    expect(await ask(client, register(credentials('romeo', 'x')))).toContain('type="result"');
  });
});

it('a quota is one of each key, for a period', () => {
  let now = 0;
  const quota = new Quota(1, 1000, () => now);
  expect([quota.take('a'), quota.take('a'), quota.take('b')]).toEqual([true, false, true]);
  now = 1000;
  expect(quota.take('a')).toBe(true);
});
