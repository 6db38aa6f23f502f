/** Accounts whose passwords an LDAP directory or an HTTP service knows, as a client on the wire finds them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LdapServer } from '../testing/ldap-server.js';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import { AtMost } from './at-most.js';
import { HttpDirectory, httpDirectoryOptions } from './http-directory.js';
import { LdapDirectory, ldapOptions } from './ldap.js';

let running: TestServer | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** What a login comes to: the mechanisms that were offered, and the condition or `success`. */
async function logIn(name: string, password: string): Promise<string> {
  if (running === undefined) throw new Error('no server');
  const client = await RawWebSocket.connect(running.webSocketUrl);
  client.open();
  const [, features] = await client.frames(2);
  expect(features).toContain(
    '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>',
  );
  const message = Buffer.from(`\0${name}\0${password}`).toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`);
  const answer = await client.frame();
  client.cut();
  return /^<failure [^>]*><([a-z-]+)/.exec(answer)?.[1] ?? /^<(\w+)/.exec(answer)?.[1] ?? answer;
}

describe('LDAP', () => {
  const base = 'ou=people,dc=example';
  const bindDn = 'cn=reader,dc=example';
  const person = (uid: string, password: string, more = {}) => ({
    dn: `uid=${uid},${base}`,
    password,
    attributes: { uid, objectClass: 'person', ...more },
  });
  let ldap: LdapServer;

  beforeEach(async () => {
    ldap = await LdapServer.start([
      { dn: bindDn, password: 'reads', attributes: { cn: 'reader' } },
      person('ada', 'engine'),
      person('star*', 'asterisk'),
      person('twin', 'first'),
      { ...person('twin', 'second'), dn: `uid=twin,ou=others,${base}` },
      person('robot', 'beep', { objectClass: 'device' }),
    ]);
  });

  afterEach(() => ldap.stop());

  const configured = (more = {}) => ({ url: ldap.url, base, bindDn, bindPassword: 'reads', ...more });

  async function start(more = {}): Promise<void> {
    running = await startTestServer({ authentication: { provider: 'ldap', ldap: configured(more) } });
  }

  it.each([
    ['the password', 'ada', 'engine', 'success'],
    ['the name in other letters', 'ADA', 'engine', 'success'],
    ['another password', 'ada', 'Engine', 'not-authorized'],
    ['no password', 'ada', '', 'malformed-request'],
    ['a name that is not there', 'bob', 'engine', 'not-authorized'],
    ['a name that is not one', 'a b', 'engine', 'not-authorized'],
    ['a name that two bear', 'twin', 'first', 'not-authorized'],
    ['a name that means everybody', '*', 'engine', 'not-authorized'],
    ['a name with a star in it', 'star*', 'asterisk', 'success'],
    ['a name that begins like another', 'ad*', 'engine', 'not-authorized'],
    ['a name that ends the filter', 'ada)(uid=*', 'engine', 'not-authorized'],
    ['a name with a backslash', 'ad\\61', 'engine', 'not-authorized'],
  ])('judges %s', async (_, name, password, outcome) => {
    await start();
    expect(await logIn(name, password)).toBe(outcome);
  });

  it('searches as it is told to', async () => {
    await start({ filter: '(&(objectClass=person)(uid={username}))' });
    expect(await logIn('ada', 'engine')).toBe('success');
    expect(await logIn('robot', 'beep')).toBe('not-authorized');
  });

  it('says that it does not know when the directory does not answer', async () => {
    await start({ bindPassword: 'wrong' });
    expect(await logIn('ada', 'engine')).toBe('temporary-auth-failure');
    ldap.stop();
    expect(await logIn('ada', 'engine')).toBe('temporary-auth-failure');
  });

  it('never takes an empty password to the directory', async () => {
    const directory = new LdapDirectory(ldapOptions.parse(configured()));
    expect(await directory.check('ada', '')).toBe(false);
    expect(ldap.filters).toEqual([]);
  });

  it('knows who exists', async () => {
    const directory = new LdapDirectory(ldapOptions.parse(configured()));
    expect(await Promise.all(['ada', 'bob', '*'].map((name) => directory.exists(name)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([{ filter: '(uid=ada)' }, { filter: '(uid={username}' }, { url: 'http://x' }])(
    'cannot be configured with %j',
    (more) => {
      expect(ldapOptions.safeParse(configured(more)).success).toBe(false);
    },
  );
});

describe('an HTTP service', () => {
  let service: Server;
  let url: string;
  let answer: { status: number; body: string; headers?: Record<string, string> };
  const asked: { body: unknown; authorization: string | undefined }[] = [];

  beforeEach(async () => {
    asked.length = 0;
    answer = { status: 200, body: '{"valid":true}' };
    service = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        asked.push({ body: JSON.parse(text), authorization: request.headers.authorization });
        if (answer.status !== 0) response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/login`;
  });

  afterEach(() => {
    service.close();
    service.closeAllConnections();
  });

  async function start(): Promise<void> {
    running = await startTestServer({
      authentication: { provider: 'http', http: { url, secret: 'shared', timeout: 200 } },
    });
  }

  it('is asked, and believed', async () => {
    await start();
    expect(await logIn('Ada', 'engine')).toBe('success');
    expect(asked).toEqual([
      {
        body: { ask: 'password', host: domain, username: 'ada', password: 'engine' },
        authorization: 'Bearer shared',
      },
    ]);
    answer = { status: 200, body: '{"valid":false}' };
    expect(await logIn('ada', 'x')).toBe('not-authorized');
  });

  it.each([
    ['refuses to answer', { status: 500, body: '{"valid":true}' }],
    ['answers something else', { status: 200, body: '{"valid":"yes"}' }],
    ['answers no JSON', { status: 200, body: 'valid' }],
    ['answers at length', { status: 200, body: `{"valid":true,"x":"${'x'.repeat(10_000)}"}` }],
    ['leads elsewhere', { status: 307, body: '', headers: { location: '/other' } }],
    ['does not answer', { status: 0, body: '' }],
  ])('is not believed when it %s', async (_, unusual) => {
    await start();
    answer = unusual;
    expect(await logIn('ada', 'engine')).toBe('temporary-auth-failure');
  });

  it('is asked whether somebody exists', async () => {
    const directory = new HttpDirectory(domain, httpDirectoryOptions.parse({ url }));
    expect(await directory.exists('ada')).toBe(true);
    expect(asked).toEqual([
      { body: { ask: 'account', host: domain, username: 'ada' }, authorization: undefined },
    ]);
  });
});

describe('work that is limited', () => {
  it('waits in line, and is turned away when the line is long', async () => {
    const atMost = new AtMost(1, 1);
    let finish = (): void => undefined;
    const first = atMost.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const second = atMost.run(() => Promise.resolve('second'));
    await expect(atMost.run(() => Promise.resolve())).rejects.toThrow('wait');
    finish();
    await first;
    expect(await second).toBe('second');
    expect(await atMost.run(() => Promise.resolve('third'))).toBe('third');
  });
});
