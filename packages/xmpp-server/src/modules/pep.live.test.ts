/** What an account has published, as its own or at a service, with a client that we did not write and a database on disk: it outlasts the server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { client, xml } from '@xmpp/client';
import { expect, it } from 'vitest';
import { domain, startTestServer } from '../testing/test-server.js';

// The certificate is self-signed.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

type Stanza = ReturnType<typeof xml>;

const pubsub = (child: Stanza) => xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, child);

/** Asks one thing of a server that is started for it. @param to default: the account itself */
async function ask(directory: string, type: 'get' | 'set', payload: Stanza, to?: string): Promise<Stanza> {
  await using test = await startTestServer({ storage: { directory }, pubsub: true });
  await test.server.accounts.register('juliet', domain, 'secret').catch(() => undefined);
  const juliet = client({ service: test.tcpUrl, domain, username: 'juliet', password: 'secret' });
  juliet.on('error', () => undefined);
  await juliet.start();
  const answer = new Promise<Stanza>((resolve) => {
    juliet.on('stanza', (stanza: Stanza) => {
      if (stanza.attrs['id'] === 'asked') resolve(stanza);
    });
  });
  await juliet.send(xml('iq', { type, id: 'asked', ...(to === undefined ? {} : { to }) }, pubsub(payload)));
  const found = await answer;
  juliet.reconnect.stop();
  await juliet.stop();
  return found;
}

it.each([
  ['an account', undefined],
  ['a service', `pubsub.${domain}`],
])('is there again after a restart: at %s', async (_, to) => {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-pep-'));
  try {
    const node = 'urn:example:tune';
    const item = xml('item', { id: 'a' }, xml('tune', { xmlns: 'urn:example' }, 'Greensleeves'));
    if (to !== undefined) await ask(directory, 'set', xml('create', { node }), to);
    const published = await ask(directory, 'set', xml('publish', { node }, item), to);
    expect(published.attrs['type']).toBe('result');
    const found = await ask(directory, 'get', xml('items', { node }), to);
    expect(found.toString()).toContain('Greensleeves');
  } finally {
    await rm(directory, { recursive: true });
  }
});
