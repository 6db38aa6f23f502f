/** Two users of a client that we did not write, at a whole server: contacts, presence, messages kept and copied. */
import { client, xml, type Client } from '@xmpp/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { domain, startTestServer, type TestServer } from './testing/test-server.js';

type Stanza = ReturnType<typeof xml>;

let test: TestServer;
const clients: Client[] = [];

// The certificate is self-signed.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

beforeEach(async () => {
  test = await startTestServer();
  for (const name of ['romeo', 'juliet']) await test.server.accounts.register(name, domain, 'secret');
});

afterEach(async () => {
  for (const each of clients.splice(0)) {
    each.reconnect.stop();
    await each.stop();
  }
  await test.stop();
});

async function connect(
  username: string,
  resource: string,
): Promise<{ client: Client; jid: string; next: Next }> {
  const made = client({ service: test.tcpUrl, domain, username, password: 'secret', resource });
  made.on('error', () => undefined);
  clients.push(made);
  const received: Stanza[] = [];
  made.on('stanza', (stanza: Stanza) => received.push(stanza));
  const jid = (await made.start()).toString();
  const next: Next = async (matches) => {
    await expect.poll(() => received.some(matches)).toBe(true);
    return received.splice(received.findIndex(matches), 1)[0] as Stanza;
  };
  return { client: made, jid, next };
}

/** The first stanza that is as wanted, once it has come. */
type Next = (matches: (stanza: Stanza) => boolean) => Promise<Stanza>;

const roster = () => xml('query', { xmlns: 'jabber:iq:roster' });
const isFrom = (from: string, type?: string) => (stanza: Stanza) =>
  stanza.is('presence') && stanza.attrs['from'] === from && stanza.attrs['type'] === type;

it('serves two people who get to know each other', async () => {
  const romeo = await connect('romeo', 'orchard');
  const juliet = await connect('juliet', 'balcony');
  for (const { client: each } of [romeo, juliet]) {
    await each.iqCaller.request(xml('iq', { type: 'get' }, roster()));
    await each.send(xml('presence'));
  }
  await romeo.client.send(xml('presence', { type: 'subscribe', to: `juliet@${domain}` }));
  await juliet.next(isFrom(`romeo@${domain}`, 'subscribe'));
  await juliet.client.send(xml('presence', { type: 'subscribed', to: `romeo@${domain}` }));
  await romeo.next(isFrom(`juliet@${domain}`, 'subscribed'));
  await romeo.next(isFrom(juliet.jid));
  const answer = await romeo.client.iqCaller.request(xml('iq', { type: 'get' }, roster()));
  expect(answer.getChild('query')?.getChild('item')?.attrs).toEqual({
    jid: `juliet@${domain}`,
    subscription: 'to',
  });
  await juliet.client.stop();
  await romeo.next(isFrom(juliet.jid, 'unavailable'));
});

it('keeps a message for who is away, with its receipt request, and copies the answer', async () => {
  const romeo = await connect('romeo', 'orchard');
  const phone = await connect('romeo', 'phone');
  await phone.client.iqCaller.request(
    xml('iq', { type: 'set' }, xml('enable', { xmlns: 'urn:xmpp:carbons:2' })),
  );
  await romeo.client.send(
    xml(
      'message',
      { to: `juliet@${domain}`, type: 'chat', id: 'm1' },
      xml('body', {}, 'Art thou not Romeo?'),
      xml('request', { xmlns: 'urn:xmpp:receipts' }),
      xml('markable', { xmlns: 'urn:xmpp:chat-markers:0' }),
    ),
  );
  await phone.next((stanza) => stanza.getChild('sent', 'urn:xmpp:carbons:2') !== undefined);
  const juliet = await connect('juliet', 'balcony');
  await juliet.client.send(xml('presence'));
  const kept = await juliet.next((stanza) => stanza.is('message'));
  expect(kept.getChild('delay', 'urn:xmpp:delay')?.attrs['from']).toBe(domain);
  expect(kept.getChild('request', 'urn:xmpp:receipts')).toBeDefined();
  expect(kept.getChild('markable', 'urn:xmpp:chat-markers:0')).toBeDefined();
  await juliet.client.send(
    xml(
      'message',
      { to: romeo.jid, type: 'chat' },
      xml('received', { xmlns: 'urn:xmpp:receipts', id: 'm1' }),
    ),
  );
  const receipt = await romeo.next((stanza) => stanza.is('message'));
  expect(receipt.getChild('received', 'urn:xmpp:receipts')?.attrs['id']).toBe('m1');
  await phone.next((stanza) => stanza.getChild('received', 'urn:xmpp:carbons:2') !== undefined);
});
