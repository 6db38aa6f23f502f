/** Tokens (RFC 7519, RFC 8725): which admit whom, how lib-jitsi-meet is told that one does not, and how they are forged in vain. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RawWebSocket } from '../../testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from '../../testing/test-server.js';
import { KeyServer } from './key-server.js';
import { tokenOptions } from './options.js';
import { TokenVerifier } from './verifier.js';

const secret = 'a secret of the application';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = 'apps/key-1';
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

let keys: Server;
let base: string;
const asked: string[] = [];

beforeAll(async () => {
  const name = createHash('sha256').update(kid).digest('hex');
  const jwks = JSON.stringify({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256' },
      { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256' },
    ],
  });
  keys = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === `/asap/${name}.pem`) response.end(rsaPem);
    else if (request.url === '/jwks') response.setHeader('content-type', 'application/json').end(jwks);
    else response.writeHead(404).end();
  });
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  base = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
});

afterAll(() => void keys.close());
beforeEach(() => void asked.splice(0));

const claims = { room: 'Standup', sub: domain };

function signed(
  payload: Record<string, unknown> = {},
  header: { alg: string; kid?: string } = { alg: 'HS256' },
  key: KeyObject | Uint8Array = Buffer.from(secret),
): Promise<string> {
  return new SignJWT({ iss: 'app', aud: 'jitsi', exp: Date.now() / 1000 + 60, ...claims, ...payload })
    .setProtectedHeader(header)
    .sign(key);
}

async function verdict(token: string, options: object = { appSecret: secret }): Promise<string> {
  const verifier = new TokenVerifier(tokenOptions.parse({ appId: 'app', ...options }));
  const result = await verifier.verify(token);
  return 'refusal' in result ? result.refusal : 'admitted';
}

describe('a token', () => {
  it('says who its bearer is', async () => {
    const verifier = new TokenVerifier(tokenOptions.parse({ appId: 'app', appSecret: secret }));
    const context = {
      user: { id: 'u7', name: 'Ada', moderator: true },
      group: 'g1',
      features: { recording: true, transcription: 'false', odd: { a: 1 } },
    };
    expect(await verifier.verify(await signed({ context }))).toEqual({
      identity: {
        issuer: 'app',
        subject: domain,
        room: 'standup',
        user: context.user,
        group: 'g1',
        tenant: undefined,
        features: new Map([
          ['recording', true],
          ['transcription', false],
        ]),
      },
    });
  });

  it.each([
    ['that has expired', { exp: 1 }, 'token expired'],
    ['that is not valid yet', { nbf: Date.now() / 1000 + 600 }, 'token is not valid yet'],
    ['of another issuer', { iss: 'other' }, "'iss' claim is not accepted"],
    ['without issuer', { iss: undefined }, "'iss' claim is missing"],
    ['without audience', { aud: undefined }, "'aud' claim is missing"],
    ['without subject', { sub: undefined }, "'sub' claim is missing"],
    ['without room', { room: undefined }, "'room' claim is missing"],
    ['for a room that is none', { room: 7 }, 'token is malformed'],
    ['with a time that is none', { exp: 'tomorrow' }, "'exp' claim is not accepted"],
  ])('%s does not admit', async (_, payload, refusal) => {
    expect(await verdict(await signed(payload))).toBe(refusal);
  });

  it('may be as early or late as clocks may differ', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await verdict(await signed({ nbf: now + 3 }))).toBe('admitted');
    expect(await verdict(await signed({ exp: now - 3 }))).toBe('admitted');
    expect(await verdict(await signed({ nbf: now + 30 }))).toBe('token is not valid yet');
    expect(await verdict(await signed({ exp: now - 30 }))).toBe('token expired');
    const options = { appSecret: secret, clockTolerance: 60 };
    expect(await verdict(await signed({ exp: now - 30 }), options)).toBe('admitted');
  });

  it('may name rooms by a pattern', async () => {
    const verifier = new TokenVerifier(tokenOptions.parse({ appId: 'app', appSecret: secret }));
    for (const [regex, roomPattern] of [
      [true, 'Team%-%d+'],
      ['true', 'Team%-%d+'],
      [false, undefined],
      [1, undefined],
    ]) {
      const verdict = await verifier.verify(
        await signed({ room: 'Team%-%d+', context: { room: { regex } } }),
      );
      expect(verdict).toMatchObject({ identity: { room: 'team%-%d+', roomPattern } });
    }
  });

  it('is for the audience that is meant', async () => {
    const options = { appSecret: secret, audiences: ['jitsi'], issuers: ['app', 'other'] };
    expect(await verdict(await signed({ iss: 'other' }), options)).toBe('admitted');
    expect(await verdict(await signed({ aud: ['x', 'jitsi'] }), options)).toBe('admitted');
    expect(await verdict(await signed({ aud: 'jitsi.example' }), options)).toBe(
      "'aud' claim is not accepted",
    );
  });

  it.each(['', 'a', 'a.b', 'a.b.c', '..', `${'x'.repeat(10_000)}.y.z`])('is not %j', async (text) => {
    expect(await verdict(text)).toBe('token is malformed');
  });
});

describe('keys', () => {
  it('come from a key server, by the hash of their id', async () => {
    const options = { keyServerUrl: `${base}/asap/` };
    expect(await verdict(await signed({}, { alg: 'RS256', kid }, rsa.privateKey), options)).toBe('admitted');
    expect(await verdict(await signed({}, { alg: 'RS256', kid: 'other' }, rsa.privateKey), options)).toBe(
      'key of the token could not be found',
    );
    expect(await verdict(await signed({}, { alg: 'RS256' }, rsa.privateKey), options)).toBe(
      'token names no key',
    );
  });

  it('come from a key set, for RSA and elliptic curves', async () => {
    const options = { keySetUrl: `${base}/jwks` };
    expect(await verdict(await signed({}, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey), options)).toBe(
      'admitted',
    );
    expect(await verdict(await signed({}, { alg: 'ES256', kid: 'ec' }, ec.privateKey), options)).toBe(
      'admitted',
    );
    expect(await verdict(await signed({}, { alg: 'RS256', kid: 'x' }, rsa.privateKey), options)).toBe(
      'key of the token could not be found',
    );
  });

  it.each([
    '../../etc/passwd',
    '..%2f..%2fjwks',
    'http://evil.example/key',
    'a\0b',
    '/jwks',
    'x'.repeat(500),
  ])('lead nowhere else by the id %j', async (id) => {
    await verdict(await signed({}, { alg: 'RS256', kid: id }, rsa.privateKey), {
      keyServerUrl: `${base}/asap`,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^\/asap\/[0-9a-f]{64}\.pem$/);
  });

  it('are not asked for again at once, found or not', async () => {
    const server = new KeyServer(`${base}/asap`);
    await Promise.all([server.find(kid), server.find(kid), server.find('none'), server.find('none')]);
    await server.find('none');
    expect(asked).toHaveLength(2);
    expect(await server.find('')).toBeUndefined();
    expect(await server.find('x'.repeat(100_000))).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('are not waited for by the thousand', async () => {
    const server = new KeyServer(`${base}/asap`);
    await Promise.all(Array.from({ length: 200 }, (_, i) => server.find(`made-up-${i}`)));
    expect(asked.length).toBeLessThanOrEqual(16);
  });
});

describe('a forger', () => {
  it('cannot do without signature', async () => {
    const token = new UnsecuredJWT({ iss: 'app', aud: 'jitsi', ...claims }).encode();
    expect(await verdict(token)).not.toBe('admitted');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const [, payload = ''] = (await signed()).split('.');
    for (const alg of [none, Buffer.from('{"alg":"None"}').toString('base64url')]) {
      expect(await verdict(`${alg}.${payload}.`)).not.toBe('admitted');
    }
  });

  it('cannot sign with a public key as if it were a secret', async () => {
    for (const text of [
      rsaPem,
      rsaPem.trim(),
      createPublicKey(rsaPem).export({ type: 'spki', format: 'der' }),
    ]) {
      const token = await signed({}, { alg: 'HS256', kid }, Buffer.from(text));
      expect(await verdict(token, { keyServerUrl: `${base}/asap` })).toBe('token is not signed as required');
      expect(await verdict(token, { keyServerUrl: `${base}/asap`, appSecret: secret })).toBe(
        'signature of the token is wrong',
      );
    }
  });

  it('cannot bring a key along', async () => {
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = await new SignJWT({ iss: 'app', aud: 'jitsi', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, jwk: await exportJWK(own.publicKey), jku: `${base}/jwks` })
      .sign(own.privateKey);
    expect(await verdict(token, { keyServerUrl: `${base}/asap` })).toBe('signature of the token is wrong');
  });

  it('cannot choose an algorithm that is not wanted', async () => {
    const options = { appSecret: secret, algorithms: ['HS512'] };
    expect(await verdict(await signed(), options)).toBe('token is not signed as required');
    expect(await verdict(await signed({}, { alg: 'HS512' }), options)).toBe('admitted');
  });

  it('cannot change a word', async () => {
    const [header, payload = '', signature] = (await signed()).split('.');
    const changed = Buffer.from(payload, 'base64url').toString().replace('Standup', '*');
    const token = `${header}.${Buffer.from(changed).toString('base64url')}.${signature}`;
    expect(await verdict(token)).toBe('signature of the token is wrong');
  });
});

describe('logging in as lib-jitsi-meet does', () => {
  let running: TestServer;
  const auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";

  const start = (more = {}): Promise<TestServer> =>
    startTestServer({
      authentication: { provider: 'token', token: { appId: 'app', appSecret: secret, ...more } },
      modules: { [`conference.${domain}`]: { muc: { creation: 'anyone' } } },
    });

  beforeEach(async () => {
    running = await start();
  });

  afterEach(() => running.stop());

  async function connected(query: string, to: string = domain): Promise<RawWebSocket> {
    const client = await RawWebSocket.connect(`${running.webSocketUrl}${query}`);
    client.open(to);
    await client.frames(2);
    client.send(auth);
    return client;
  }

  async function bound(query: string, to: string = domain): Promise<{ client: RawWebSocket; jid: string }> {
    const client = await connected(query, to);
    await client.frame();
    client.open(to);
    await client.frames(2);
    client.send(
      "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    );
    return { client, jid: /<jid>(.*)<\/jid>/.exec(await client.frame())?.[1] ?? '' };
  }

  it('admits by the token in the address, under a name that the server gives', async () => {
    const { jid } = await bound(`?room=standup&token=${await signed()}`);
    expect(jid).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}@meet\.example\//);
  });

  it.each([
    ['a token is missing', (): Promise<string> => Promise.resolve(''), 'token required'],
    ['a token has expired', (): Promise<string> => signed({ exp: 1 }), 'token expired'],
  ])('says why it does not, when %s', async (_, token, text) => {
    const client = await connected(`?room=standup&token=${await token()}`);
    expect(await client.frame()).toBe(
      `<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-allowed/><text>${text}</text></failure>`,
    );
  });

  it('keeps no accounts beside', async () => {
    await expect(running.server.accounts.register('alice', domain, 'x')).rejects.toMatchObject({
      code: 'unknown-host',
    });
  });

  describe('and entering rooms', () => {
    async function enters(client: RawWebSocket, room: string): Promise<string> {
      client.send(
        `<presence xmlns='jabber:client' to='${room}@conference.${domain}/ada'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
      );
      const answer = await client.frame();
      return answer.includes('<error')
        ? (/<(room-mismatch|authentication-required|invalid-regex) /.exec(answer)?.[1] ?? answer)
        : 'entered';
    }

    it('may be in the room of the token, and in no other', async () => {
      const { client } = await bound(`?token=${await signed()}`);
      expect(await enters(client, 'standup')).toBe('entered');
      const { client: other } = await bound(`?token=${await signed()}`);
      expect(await enters(other, 'secret')).toBe('room-mismatch');
      const { client: any } = await bound(`?token=${await signed({ room: '*' })}`);
      expect(await enters(any, 'whatever')).toBe('entered');
    });

    it('may be in the rooms of a pattern, where the token is for the domain', async () => {
      await running.stop();
      running = await start({ verifySubject: true });
      const context = { room: { regex: true } };
      const { client } = await bound(`?token=${await signed({ room: 'team%-%d+', context })}`);
      expect(await enters(client, 'team-7')).toBe('entered');
      const { client: other } = await bound(`?token=${await signed({ room: 'team%-%d+', context })}`);
      expect(await enters(other, 'team-x')).toBe('room-mismatch');
      const { client: broken } = await bound(`?token=${await signed({ room: '[', context })}`);
      expect(await enters(broken, 'team-7')).toBe('invalid-regex');
    });

    it('is not for guests without token', async () => {
      const { client: host } = await bound(`?token=${await signed()}`);
      await enters(host, 'standup');
      const { client } = await bound('', `guest.${domain}`);
      expect(await enters(client, 'standup')).toBe('authentication-required');
    });

    it.each([domain, `guest.${domain}`])(
      'needs none of who logs in at %s, where one may come without',
      async (host) => {
        await running.stop();
        running = await start({ allowEmpty: true });
        const { client } = await bound('', host);
        expect(await enters(client, 'standup')).toBe('entered');
        const { client: other } = await bound(`?token=${await signed()}`);
        expect(await enters(other, 'secret')).toBe('room-mismatch');
      },
    );
  });
});
