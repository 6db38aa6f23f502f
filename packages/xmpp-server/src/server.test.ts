/** The server as clients that we did not write see it: `@xmpp/client` over TCP with STARTTLS, and over WebSocket. */
import { once } from 'node:events';
import { client, xml, type Client, type Options } from '@xmpp/client';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { domain, startTestServer, type TestServer } from './testing/test-server.js';

let test: TestServer;
const clients: Client[] = [];

// The certificate is self-signed; that TLS is used at all is what matters here.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

// Node 20 has no WebSocket of its own for the client to use.
Object.assign(globalThis, { WebSocket });

beforeEach(async () => {
  test = await startTestServer();
});

afterEach(async () => {
  for (const each of clients.splice(0)) {
    each.reconnect.stop();
    await each.stop();
  }
  await test.stop();
});

function connect(options: Partial<Options> & { service: string }): Client {
  const made = client({ domain, ...options });
  made.on('error', () => undefined);
  clients.push(made);
  return made;
}

describe.each(['tcp', 'websocket'] as const)('over %s', (transport) => {
  const service = () => (transport === 'tcp' ? test.tcpUrl : test.webSocketUrl);

  it('logs an account in by SCRAM', async () => {
    await test.server.accounts.register('alice', domain, 'wonderland');
    const alice = connect({
      service: service(),
      username: 'alice',
      password: 'wonderland',
      resource: 'phone',
    });
    const address = await alice.start();
    expect(address.toString()).toMatch(/^alice@meet\.example\/phone\/[\w-]{12}$/);
    expect(test.server.sessions().map(({ jid }) => jid)).toEqual([address.toString()]);
  });

  it('refuses a wrong password', async () => {
    await test.server.accounts.register('alice', domain, 'wonderland');
    const alice = connect({ service: service(), username: 'alice', password: 'looking glass' });
    await expect(alice.start()).rejects.toThrow('not-authorized');
    expect(test.server.sessions()).toEqual([]);
  });

  it('lets a guest in by ANONYMOUS, under a name of its own', async () => {
    const guest = connect({ service: service(), domain: `guest.${domain}` });
    const address = await guest.start();
    expect(address.toString()).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}@guest\.meet\.example\/.+$/);
  });

  it('passes messages between clients, and answers pings', async () => {
    await test.server.accounts.register('alice', domain, 'wonderland');
    const alice = connect({ service: service(), username: 'alice', password: 'wonderland' });
    const guest = connect({ service: service(), domain: `guest.${domain}` });
    const address = (await alice.start()).toString();
    await guest.start();
    const heard = once(alice, 'stanza');
    await guest.send(xml('message', { to: address, type: 'chat' }, xml('body', {}, 'Hello <you> & me')));
    const [message] = (await heard) as [ReturnType<typeof xml>];
    expect(message.getChildText('body')).toBe('Hello <you> & me');
    expect(message.attrs['from']).toBe(guest.jid?.toString());
    const pong = await guest.iqCaller.request(
      xml('iq', { type: 'get', to: domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
    );
    expect(pong.attrs['type']).toBe('result');
  });

  it('resumes after its connection broke, and brings what was missed', async () => {
    await test.server.accounts.register('alice', domain, 'wonderland');
    const alice = connect({ service: service(), username: 'alice', password: 'wonderland' });
    const guest = connect({ service: service(), domain: `guest.${domain}` });
    const address = (await alice.start()).toString();
    await guest.start();
    await expect.poll(() => alice.streamManagement.id).not.toBe('');
    alice.reconnect.delay = 100;
    const resumed = once(alice.streamManagement, 'resumed');
    const heard = new Promise<string | null>((resolve) => {
      alice.on('stanza', (stanza: ReturnType<typeof xml>) => {
        if (stanza.is('message')) resolve(stanza.getChildText('body'));
      });
    });
    cut(alice);
    await expect.poll(() => test.server.sessions(domain).map(({ state }) => state)).toEqual(['hibernating']);
    await guest.send(xml('message', { to: address, type: 'chat' }, xml('body', {}, 'while you were away')));
    await resumed;
    expect(await heard).toBe('while you were away');
    expect(test.server.sessions(domain)).toEqual([{ jid: address, anonymous: false, state: 'attached' }]);
  });
});

/** Breaks the connection under a client, as a network does. */
function cut({ socket }: Client): void {
  socket?.socket.terminate?.();
  socket?.socket.destroy?.();
}
