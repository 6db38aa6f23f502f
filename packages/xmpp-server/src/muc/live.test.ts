/** Rooms as clients that we did not write see them, on the whole server as it is laid out for conferences. */
import { on } from 'node:events';
import { client, xml, type Client } from '@xmpp/client';
import { type Element, parseMucUser } from '@conclave/signaling';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

// The certificate is self-signed; that TLS is used at all is what matters here.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

const room = `garden@conference.${domain}`;
let test: TestServer;
const people: Person[] = [];

/** A client of the library, and what it has received. */
class Person {
  readonly client: Client;
  readonly #stanzas: AsyncIterator<unknown>;
  address = '';

  constructor(options: {
    readonly domain?: string;
    readonly username?: string;
    readonly password?: string;
    readonly resource?: string;
  }) {
    this.client = client({ domain, service: test.tcpUrl, ...options });
    this.client.on('error', () => undefined);
    this.#stanzas = on(this.client, 'stanza')[Symbol.asyncIterator]();
    people.push(this);
  }

  async arrives(): Promise<this> {
    this.address = (await this.client.start()).toString();
    return this;
  }

  /** Waits for the next stanza that meets the wish, passing over others. */
  async hears(wish: (stanza: Element) => boolean): Promise<Element> {
    for (;;) {
      const { value } = (await this.#stanzas.next()) as { value: [Element] };
      if (wish(value[0])) return value[0];
    }
  }

  presenceOf(nick: string, type?: string): Promise<Element> {
    const from = `${room}/${nick}`;
    return this.hears(
      ({ name, attrs }) => name === 'presence' && attrs['from'] === from && attrs['type'] === type,
    );
  }

  async joins(nick: string): Promise<Element> {
    const muc = xml('x', { xmlns: 'http://jabber.org/protocol/muc' });
    await this.client.send(xml('presence', { to: `${room}/${nick}` }, muc));
    return this.hears(({ name, attrs }) => name === 'presence' && attrs['from'] === `${room}/${nick}`);
  }

  says(text: string): Promise<void> {
    return this.client.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, text)));
  }
}

beforeEach(async () => {
  test = await startTestServer();
  await test.server.accounts.register('host', domain, 'secret');
});

afterEach(async () => {
  for (const { client: each } of people.splice(0)) {
    each.reconnect.stop();
    await each.stop();
  }
  await test.stop();
});

const host = () => new Person({ username: 'host', password: 'secret' }).arrives();
const guest = () => new Person({ domain: `guest.${domain}` }).arrives();
const focusAccount = {
  domain: `auth.${domain}`,
  username: 'focus',
  password: 'focus secret',
  resource: 'focus',
};
const focus = () => new Person(focusAccount).arrives();

it('is opened by a host, not by a guest, and gone with the last who leaves', async () => {
  const [alice, bob] = await Promise.all([host(), guest()]);
  const refused = await bob.joins('bob');
  expect(refused.attrs['type']).toBe('error');
  expect(refused.toString()).toContain('Room creation is restricted');

  const entered = parseMucUser(await alice.joins('alice'));
  expect(entered).toMatchObject({ affiliation: 'owner', role: 'moderator', jid: alice.address });
  const joined = parseMucUser(await bob.joins('bob'));
  expect(joined).toMatchObject({ affiliation: 'none', role: 'participant', jid: bob.address });
  await alice.presenceOf('bob');

  await bob.says('Hello <all> & sundry');
  const heard = await alice.hears((stanza) => stanza.getChild('body') !== undefined);
  expect(heard.getChildText('body')).toBe('Hello <all> & sundry');
  expect(heard.attrs['from']).toBe(`${room}/bob`);

  for (const [person, nick] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    await person.client.send(xml('presence', { to: `${room}/${nick}`, type: 'unavailable' }));
    await person.presenceOf(nick, 'unavailable');
  }
  expect((await bob.joins('bob')).attrs['type']).toBe('error');
});

it('sees that a client has gone when its stream ends', async () => {
  const [alice, bob] = await Promise.all([host(), guest()]);
  await alice.joins('alice');
  await bob.joins('bob');
  bob.client.reconnect.stop();
  await bob.client.stop();
  const gone = await alice.presenceOf('bob', 'unavailable');
  expect(parseMucUser(gone)?.role).toBe('none');
});

it('belongs to the focus, which makes moderators by real JID; nobody else takes its name', async () => {
  const [jicofo, alice] = await Promise.all([focus(), host()]);
  const entered = parseMucUser(await jicofo.joins('focus'));
  expect(entered).toMatchObject({ affiliation: 'owner', role: 'moderator' });
  expect((await alice.joins('focus')).attrs['type']).toBe('error');
  await alice.joins('alice');
  await jicofo.client.iqCaller.request(
    xml(
      'iq',
      { type: 'set', to: room },
      xml(
        'query',
        { xmlns: 'http://jabber.org/protocol/muc#admin' },
        xml('item', { affiliation: 'owner', jid: `host@${domain}` }),
      ),
    ),
  );
  expect(parseMucUser(await alice.presenceOf('alice'))).toMatchObject({
    affiliation: 'owner',
    role: 'moderator',
  });
});

it('answers for the focus at the focus’s own address', async () => {
  const jicofo = new Person(focusAccount);
  const bob = await guest();
  const ask = () =>
    bob.client.iqCaller.request(
      xml(
        'iq',
        { type: 'set', to: `focus.${domain}` },
        xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room }),
      ),
    );
  await expect(ask()).rejects.toThrow('service-unavailable');
  await jicofo.arrives();
  const asked = ask();
  const request = await jicofo.hears((stanza) => stanza.getChild('conference') !== undefined);
  expect(request.attrs['from']).toBe(`focus.${domain}/${bob.address}`);
  const { id, from } = request.attrs as Record<string, string>;
  await jicofo.client.send(
    xml(
      'iq',
      { type: 'result', id: id!, to: from! },
      xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', ready: 'true' }),
    ),
  );
  const answer = await asked;
  expect(answer.attrs['from']).toBe(`focus.${domain}`);
  expect(answer.getChild('conference')?.attrs['ready']).toBe('true');
});

it('keeps guests and hosts out of the brewery', async () => {
  const [alice, bob, jicofo] = await Promise.all([host(), guest(), focus()]);
  const brewery = `jvbbrewery@internal.auth.${domain}`;
  const join = (nick: string) =>
    xml('presence', { to: `${brewery}/${nick}` }, xml('x', { xmlns: 'http://jabber.org/protocol/muc' }));
  const isAnswer = ({ name, attrs }: Element) =>
    name === 'presence' && String(attrs['from']).startsWith(brewery);
  for (const person of [alice, bob]) {
    await person.client.send(join('jvb1'));
    const refused = await person.hears(isAnswer);
    expect(refused.getChild('error')?.getChild('forbidden')).toBeDefined();
  }
  await jicofo.client.send(join('focus'));
  expect((await jicofo.hears(isAnswer)).attrs['type']).toBeUndefined();
});

it('takes leave of its occupants when the server stops (332)', async () => {
  const alice = await host();
  await alice.joins('alice');
  alice.client.reconnect.stop();
  const farewell = alice.presenceOf('alice', 'unavailable');
  await test.stop();
  expect(parseMucUser(await farewell)?.statusCodes.has(332)).toBe(true);
});
