/** StanzaJS, a client library for the Web that we did not write, over WebSocket and over BOSH: instant messaging with each of its features. */
import type { Agent, Stanzas } from 'stanza';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { close, next, stanzaClient, type WebTransport } from './harness/stanza-client.js';

const password = 'correct horse';
let instance: Instance;
const open = new Set<Agent>();

beforeAll(async () => {
  instance = await startInstance();
});

afterAll(async () => {
  await instance.stop();
});

afterEach(async () => {
  await Promise.all([...open].map(close));
  open.clear();
});

const jid = (user: string): string => `${user}@${instance.domain}`;
const hasBody =
  (body: string) =>
  (message: Stanzas.ReceivedMessage): boolean =>
    message.body === body;

describe.each<WebTransport>(['websocket', 'bosh'])('StanzaJS over %s', (transport) => {
  const name = (user: string): string => `${user}-${transport}`;

  async function login(user: string): Promise<Agent> {
    const client = await stanzaClient(instance, transport, name(user), password);
    open.add(client);
    return client;
  }

  /** With presence, so that messages come. */
  async function available(user: string): Promise<Agent> {
    const client = await login(user);
    const own = next(client, 'available', ({ from }) => from === client.jid);
    client.sendPresence();
    await own;
    return client;
  }

  beforeAll(async () => {
    for (const user of ['ann', 'bob']) {
      const ran = await instance.conclavectl('register', name(user), instance.domain, password);
      expect(ran).toMatchObject({ code: 0 });
    }
  });

  it('logs in, and is refused with a wrong password', async () => {
    const ann = await login('ann');
    expect(ann.jid).toMatch(new RegExp(`^${jid(name('ann'))}/.+`));
    await expect(stanzaClient(instance, transport, name('ann'), 'wrong')).rejects.toThrow('refused');
  });

  it('keeps a roster, subscribes, and sees presence come and go', async () => {
    const [ann, bob] = [await available('ann'), await available('bob')];
    await Promise.all([ann.getRoster(), bob.getRoster()]);
    await ann.updateRosterItem({
      jid: jid(name('bob')),
      name: 'Bob',
      groups: ['Friends'],
      subscription: 'none',
    });
    const [asked, seen] = [next(bob, 'subscribe'), next(ann, 'available', ({ from }) => from === bob.jid)];
    ann.subscribe(jid(name('bob')));
    expect((await asked).from).toBe(jid(name('ann')));
    bob.acceptSubscription(jid(name('ann')));
    await seen;
    const { items } = await ann.getRoster();
    expect(items).toEqual([
      expect.objectContaining({
        jid: jid(name('bob')),
        name: 'Bob',
        groups: ['Friends'],
        subscription: 'to',
      }),
    ]);
    const gone = next(ann, 'unavailable', ({ from }) => from === bob.jid);
    bob.sendPresence({ type: 'unavailable' });
    await gone;
    await ann.removeRosterItem(jid(name('bob')));
    expect((await ann.getRoster()).items).toEqual([]);
  });

  it('has its other devices hear what it says and is told (carbons)', async () => {
    const [phone, desk, bob] = [await available('ann'), await available('ann'), await available('bob')];
    await desk.enableCarbons();
    const [sent, received] = [next(desk, 'carbon:sent'), next(desk, 'carbon:received')];
    const heard = next(bob, 'chat', hasBody('from the phone'));
    phone.sendMessage({ to: bob.jid, type: 'chat', body: 'from the phone' });
    await heard;
    bob.sendMessage({ to: phone.jid, type: 'chat', body: 'to the phone' });
    expect((await sent).carbon.forward.message?.body).toBe('from the phone');
    expect((await received).carbon.forward.message?.body).toBe('to the phone');
  });

  it('reads its archive, page by page', async () => {
    const [ann, bob] = [await available('ann'), await available('bob')];
    await ann.setHistoryPreferences({ default: 'always' });
    expect(await ann.getHistoryPreferences()).toMatchObject({ default: 'always' });
    for (const body of ['one', 'two', 'three']) {
      const heard = next(bob, 'chat', hasBody(body));
      ann.sendMessage({ to: bob.jid, type: 'chat', body });
      await heard;
    }
    const query = { with: jid(name('bob')), start: new Date(Date.now() - 60_000) };
    const bodies = (page: Awaited<ReturnType<Agent['searchHistory']>>) =>
      page.results?.map(({ item }) => item.message?.body);
    const newest = await ann.searchHistory({ ...query, paging: { max: 2, before: '' } });
    expect(bodies(newest)).toEqual(['two', 'three']);
    const older = await ann.searchHistory({
      ...query,
      paging: { max: 2, before: newest.paging?.first ?? '' },
    });
    expect(bodies(older)?.at(-1)).toBe('one');
  });

  it('blocks and unblocks', async () => {
    const [ann, bob] = [await available('ann'), await available('bob')];
    await ann.block(jid(name('bob')));
    expect((await ann.getBlocked()).jids).toEqual([jid(name('bob'))]);
    const refused = next(bob, 'message:error');
    bob.sendMessage({ to: ann.jid, type: 'chat', body: 'hello?' });
    expect((await refused).error?.condition).toBe('service-unavailable');
    await ann.unblock(jid(name('bob')));
    const heard = next(ann, 'chat', hasBody('hello!'));
    bob.sendMessage({ to: ann.jid, type: 'chat', body: 'hello!' });
    await heard;
  });

  it('publishes an avatar, and its contacts are told and may read it', async () => {
    const [ann, bob] = [await available('ann'), await available('bob')];
    // Who has asked for the roster is told of subscriptions (RFC 6121 s.3.1.6).
    await Promise.all([ann.getRoster(), bob.getRoster()]);
    const [asked, granted] = [next(ann, 'subscribe'), next(bob, 'subscribed')];
    bob.subscribe(jid(name('ann')));
    await asked;
    ann.acceptSubscription(jid(name('bob')));
    await granted;
    const told = next(bob, 'avatar', ({ source }) => source === 'pubsub');
    bob.updateCaps();
    bob.sendPresence({ legacyCapabilities: bob.getCurrentCaps()?.legacyCapabilities ?? [] });
    const image = Buffer.from('not really a picture');
    const id = '0c9c1b6fba6b2d2d1a6fdc9b4a0dd7ab2b1d6ad4';
    await ann.publishAvatar(id, image);
    await ann.useAvatars([{ id, bytes: image.length, mediaType: 'image/png' }]);
    expect(await told).toMatchObject({ jid: jid(name('ann')), avatars: [{ id }] });
    const { content } = await bob.getAvatar(jid(name('ann')), id);
    expect(content).toMatchObject({ data: image });
  });

  it('keeps bookmarks and a vCard', async () => {
    const ann = await login('ann');
    const bookmark = {
      jid: `attic@conference.${instance.domain}`,
      name: 'Attic',
      autoJoin: true,
      nick: 'ann',
    };
    await ann.addBookmark(bookmark);
    expect(await ann.getBookmarks()).toEqual([expect.objectContaining(bookmark)]);
    await ann.removeBookmark(bookmark.jid);
    expect(await ann.getBookmarks()).toEqual([]);
    await ann.publishVCard({ fullName: 'Ann' });
    expect(await ann.getVCard(jid(name('ann')))).toMatchObject({ fullName: 'Ann' });
  });

  it('discovers the server and its services, asks for version and time, and pings', async () => {
    const ann = await login('ann');
    const info = await ann.getDiscoInfo(instance.domain);
    expect(info.identities).toContainEqual(expect.objectContaining({ category: 'server', type: 'im' }));
    expect(info.features).toEqual(
      expect.arrayContaining(['urn:xmpp:carbons:2', 'urn:xmpp:blocking', 'urn:xmpp:ping', 'vcard-temp']),
    );
    const { items } = await ann.getDiscoItems(instance.domain);
    expect(items.map((item) => item.jid)).toContain(`conference.${instance.domain}`);
    expect((await ann.getSoftwareVersion(instance.domain)).name).toBe('Conclave');
    expect(Math.abs(Number((await ann.getTime(instance.domain)).utc) - Date.now())).toBeLessThan(60_000);
    await ann.ping(instance.domain);
  });

  it('enters a room, speaks, sets its subject and reads its history', async () => {
    const room = `parlour-${transport}@conference.${instance.domain}`;
    const [ann, bob] = [await available('ann'), await available('bob')];
    expect((await ann.joinRoom(room, 'ann')).muc.statusCodes).toContain('110');
    const entered = next(ann, 'muc:available', ({ from }) => from === `${room}/bob`);
    await bob.joinRoom(room, 'bob');
    await entered;
    const heard = next(bob, 'groupchat', hasBody('good evening'));
    ann.sendMessage({ to: room, type: 'groupchat', body: 'good evening' });
    expect((await heard).from).toBe(`${room}/ann`);
    const topic = next(bob, 'muc:topic', (event) => event.topic === 'The weather');
    ann.setSubject(room, 'The weather');
    await topic;
    await bob.leaveRoom(room);
    const history = next(bob, 'groupchat', hasBody('good evening'));
    await bob.joinRoom(room, 'robert');
    expect((await history).delay).toBeDefined();
    await ann.kick(room, 'robert', 'bedtime');
    await ann.leaveRoom(room);
  });

  it('is refused what it may not do, in words that it understands', async () => {
    const ann = await login('ann');
    await expect(ann.getVCard(`nobody@elsewhere.invalid`)).rejects.toMatchObject({
      error: { condition: 'remote-server-not-found' },
    });
    await expect(ann.getDiscoInfo(jid(name('bob')))).rejects.toMatchObject({
      error: { condition: 'service-unavailable' },
    });
  });
});

describe('StanzaJS whose WebSocket breaks', () => {
  it('resumes, and gets what came meanwhile', async () => {
    for (const user of ['carol', 'dave'])
      await instance.conclavectl('register', user, instance.domain, password);
    const [carol, dave] = [
      await stanzaClient(instance, 'websocket', 'carol', password),
      await stanzaClient(instance, 'websocket', 'dave', password),
    ];
    open.add(carol).add(dave);
    const own = next(carol, 'available');
    carol.sendPresence();
    await own;
    const address = carol.jid;
    const broken = next(carol, '--transport-disconnected' as 'disconnected');
    carol.transport?.disconnect(false);
    await broken;
    dave.sendMessage({ to: address, type: 'chat', body: 'still there?' });
    await dave.ping(instance.domain);
    const [resumed, heard] = [
      next(carol, 'stream:management:resumed'),
      next(carol, 'chat', hasBody('still there?')),
    ];
    carol.connect();
    await resumed;
    await heard;
    expect(carol.jid).toBe(address);
  });
});
