import { parseJid } from '@conclave/signaling';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { mucArchive } from '../modules/muc-archive.js';
import { openStorage } from '../storage/open.js';
import { MemoryStorage } from '../storage/memory.js';
import type { Storage } from '../storage/storage.js';
import { type Actor, Stage } from './testing/stage.js';
import { muc } from './muc.js';
import { administers, configures, done, join, refusal, room, verona } from './testing/verona.js';

const log = pino({ level: 'silent' });
const persistent = 'muc#roomconfig_persistentroom';
const rooms = (storage: Storage) => storage.keyval('rooms.verona.lit', 'rooms', z.unknown());

let storage: Storage;

beforeEach(() => {
  storage = new MemoryStorage();
});

/** A room service on what is stored; what it was before is forgotten. */
function starts(options: object = {}) {
  return verona({ persistence: 'owners', ...options }, storage);
}

type Scene = ReturnType<typeof verona>;

/** The next stanza that has come, or comes. */
async function hears(actor: Actor, xml: string): Promise<void> {
  await vi.waitFor(() => expect(actor.inbox).not.toHaveLength(0), { interval: 1 });
  actor.receives(xml);
}

async function enters(scene: Scene, actor: Actor, nick: string): Promise<void> {
  actor.sends(join(nick));
  await vi.waitFor(
    () => {
      if (![...scene.service.rooms.values()].some((live) => live.seat(actor.jid))) throw new Error('not yet');
    },
    { interval: 1 },
  );
  scene.stage.everybodyIgnoresAll();
}

async function configured(owner: Actor, fields: Readonly<Record<string, string>>): Promise<void> {
  configures(owner, fields);
  const isReply = (): boolean => owner.inbox.some((stanza) => stanza.name === 'iq');
  await vi.waitFor(() => expect(isReply()).toBe(true), { interval: 1 });
  owner.ignoresAll();
}

/** Romeo's room, made to stay. */
async function keptGarden(options: object = {}): Promise<Scene> {
  const scene = starts(options);
  await enters(scene, scene.romeo, 'romeo');
  await configured(scene.romeo, { [persistent]: '1', 'muc#roomconfig_roomname': 'Garden' });
  scene.stage.everybodyIgnoresAll();
  return scene;
}

describe.each(['memory', 'SQLite'])('a persistent room, stored in %s,', (driver) => {
  let directory: string;

  beforeEach(async () => {
    directory = mkdtempSync(joinPath(tmpdir(), 'xmpp-rooms-'));
    storage = await openStorage(driver === 'memory' ? 'memory' : { directory }, { log });
  });

  afterEach(async () => {
    await storage.close();
    rmSync(directory, { recursive: true });
  });

  it('is after a restart what it was: configuration, lists with reasons, nicknames, subject, and who is who', async () => {
    const before = await keptGarden();
    const { stage, romeo, juliet } = before;
    await enters(before, juliet, 'juliet');
    administers(
      romeo,
      `<item affiliation='outcast' jid='tybalt@verona.lit'><reason>Quarrels</reason></item>`,
    );
    administers(romeo, `<item affiliation='member' jid='juliet@verona.lit'/>`);
    await configured(romeo, { 'muc#roomconfig_moderatedroom': '1' });
    juliet.sends(`
      <iq type='set' id='r' to='${room}'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
        <field var='muc#register_roomnick'><value>Capulet</value></field></x></query></iq>`);
    romeo.sends(`<message type='groupchat' id='s' to='${room}'><subject>Roses</subject></message>`);
    const told = juliet.inbox.find((stanza) => stanza.getChild('subject'));
    const romeosId = String(told?.getChild('occupant-id')?.attrs['id']);
    expect(romeosId).toMatch(/=$/);
    await configured(romeo, { 'muc#roomconfig_lang': 'it' });
    stage.unload();

    const after = starts();
    await enters(after, after.juliet, 'juliet');
    after.juliet.sends(join('juliet'));
    after.juliet.receives(
      `<presence from='${room}/juliet'><x><item affiliation='member' role='participant'/></x></presence>`,
    );
    after.juliet.receives(
      `<message from='${room}/romeo' type='groupchat'><subject>Roses</subject><delay/></message>`,
    );
    const [live] = [...after.service.rooms.values()];
    expect(live?.config).toMatchObject({ name: 'Garden', moderated: true, language: 'it', persistent: true });
    expect(live?.affiliations('outcast')).toMatchObject([{ reason: 'Quarrels' }]);
    const nurse = after.stage.actor('nurse@verona.lit/hall');
    nurse.sends(join('capulet'));
    nurse.receives(refusal('presence', 'cancel', 'conflict'));
    await enters(after, after.romeo, 'romeo');
    after.romeo.sends(`<message type='groupchat' id='m' to='${room}'><body>Ay me</body></message>`);
    after.juliet.receives(`<message id='m'><occupant-id id='${romeosId}'/></message>`);
  });

  it('leaves nothing when it is destroyed', async () => {
    const { romeo, stage } = await keptGarden();
    expect(await rooms(storage).users()).toEqual(['garden']);
    romeo.sends(
      `<iq type='set' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
    );
    await hears(romeo, `<presence type='unavailable'><x><destroy/></x></presence>`);
    await hears(romeo, done);
    expect(await rooms(storage).users()).toEqual([]);
    stage.unload();
    const after = starts();
    await enters(after, after.juliet, 'juliet');
    expect([...after.service.rooms.values()][0]?.affiliation(after.juliet.jid.bare)).toBe('owner');
  });
});

it('lives on when the last has left, and with it its history', async () => {
  const scene = await keptGarden();
  const { romeo, juliet, service } = scene;
  romeo.sends(`<message type='groupchat' id='m' to='${room}'><body>Adieu</body></message>`);
  romeo.leaves(`${room}/romeo`);
  expect(service.rooms.size).toBe(1);
  juliet.sends(join('juliet'));
  await hears(juliet, `<presence from='${room}/juliet'><x><item affiliation='none'/></x></presence>`);
  await hears(juliet, `<message><body>Adieu</body></message>`);
});

it('ends when it is made temporary with nobody in it', async () => {
  const { romeo, service } = await keptGarden();
  romeo.leaves(`${room}/romeo`);
  await configured(romeo, { [persistent]: '0' });
  expect(service.rooms.size).toBe(0);
  expect(await rooms(storage).users()).toEqual([]);
});

describe('a room with nobody in it', () => {
  const orchard = 'orchard@rooms.verona.lit';
  const asksFor = async (who: Actor): Promise<void> => {
    who.ignoresAll();
    who.sends(
      `<iq type='get' id='i' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    );
    const persists = `<identity name='Garden'/><feature var='muc_persistent'/>`;
    await hears(who, `<iq type='result'><query>${persists}</query></iq>`);
  };

  it('is put away when others have been left later, and is there again when somebody asks', async () => {
    const { romeo, service } = await keptGarden({ limits: { idleRooms: 1 }, rooms: { persistent: true } });
    romeo.leaves(`${room}/romeo`);
    expect([...service.rooms.keys()]).toEqual([room]);
    romeo.joins(orchard, 'romeo');
    romeo.leaves(orchard);
    expect([...service.rooms.keys()]).toEqual([orchard]);
    await asksFor(romeo);
    expect([...service.rooms.keys()]).toEqual([room]);
  });

  it('gives way to new ones where there are too many', async () => {
    const { romeo, juliet, service } = await keptGarden({ limits: { rooms: 1 } });
    juliet.sends(`<presence to='${orchard}/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
    juliet.receives(refusal('presence', 'wait', 'resource-constraint'));
    romeo.leaves(`${room}/romeo`);
    juliet.joins(orchard, 'juliet');
    expect([...service.rooms.keys()]).toEqual([orchard]);
    await asksFor(romeo);
  });
});

it('deals with what comes while it is being read in the order of coming', async () => {
  const before = await keptGarden();
  before.stage.unload();
  const { romeo, juliet } = starts();
  romeo.sends(join('romeo'));
  romeo.sends(`<message type='groupchat' id='m1' to='${room}'><body>1</body></message>`);
  juliet.sends(join('juliet'));
  romeo.sends(`<message type='groupchat' id='m2' to='${room}'><body>2</body></message>`);
  await vi.waitFor(() => expect(juliet.inbox.some((stanza) => stanza.attrs['id'] === 'm2')).toBe(true));
  const said = juliet.inbox.map((stanza) => stanza.getChildText('body') ?? '').join('');
  expect(said).toBe('12');
});

it('stands in the public list before anybody has asked for it', async () => {
  const before = await keptGarden();
  await configured(before.romeo, { 'muc#roomconfig_publicroom': '1' });
  before.stage.unload();
  const { stage } = starts();
  const listed = (): string => String(stage.host.disco.items.map(({ jid, name }) => `${jid} ${name ?? ''}`));
  await vi.waitFor(() => expect(listed()).toBe(`${room} Garden`), { interval: 1 });
});

describe('a room that cannot be read', () => {
  it('is not created anew, and is there when it can be read again', async () => {
    const before = await keptGarden();
    before.stage.unload();
    const store = rooms(storage);
    const record = await store.get('garden');
    await store.set('garden', { broken: true });
    const { stage, romeo, juliet } = starts();
    juliet.sends(join('juliet'));
    await hears(juliet, refusal('presence', 'wait', 'internal-server-error'));
    await store.set('garden', record);
    romeo.sends(join('romeo'));
    await hears(romeo, `<presence from='${room}/romeo'><x><item affiliation='owner'/></x></presence>`);
    stage.unload();
  });

  it('makes the owner hear that a change has not been stored', async () => {
    const { romeo } = await keptGarden();
    const failing = vi.spyOn(JSON, 'stringify').mockImplementation(() => {
      throw new Error('disk full');
    });
    configures(romeo, { 'muc#roomconfig_roomname': 'Orchard' });
    failing.mockRestore();
    await hears(romeo, `<message><x><status code='104'/></x></message>`);
    await hears(romeo, refusal('iq', 'cancel', 'internal-server-error'));
  });
});

describe('who may make a room persistent', () => {
  const offers = (owner: Actor): boolean => {
    owner.ignoresAll();
    owner.sends(
      `<iq type='get' id='f' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
    );
    return owner.inbox.some((stanza) => stanza.toString().includes(persistent));
  };

  it.each([
    ['nobody', false],
    ['admins', false],
    ['owners', true],
  ])('is up to the operator: %s', async (persistence, allowed) => {
    const scene = starts({ persistence });
    await enters(scene, scene.romeo, 'romeo');
    expect(offers(scene.romeo)).toBe(allowed);
    scene.romeo.ignoresAll();
    configures(scene.romeo, { [persistent]: '1' });
    await hears(scene.romeo, allowed ? `<message/>` : refusal('iq', 'modify', 'not-acceptable'));
    if (!allowed) expect(await rooms(storage).users()).toEqual([]);
  });

  it('is for administrators of the service where it is for them', async () => {
    const scene = starts({ persistence: 'admins', admins: ['romeo@verona.lit'] });
    await enters(scene, scene.romeo, 'romeo');
    expect(offers(scene.romeo)).toBe(true);
  });

  it('is for nobody who has made too many', async () => {
    const scene = await keptGarden({ limits: { persistentRoomsPerPerson: 1 } });
    expect(offers(scene.romeo)).toBe(true);
    scene.romeo.sends(
      `<presence to='orchard@rooms.verona.lit/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
    );
    scene.romeo.ignoresAll();
    scene.romeo.sends(
      `<iq type='get' id='f' to='orchard@rooms.verona.lit'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
    );
    expect(scene.romeo.inbox.map(String).join('')).toMatch(/^(?!.*persistentroom).*roomname/s);
  });
});

it('is what all rooms are where the operator wants it, up to the limit of each person', async () => {
  const { romeo } = await keptGarden({
    rooms: { persistent: true },
    limits: { persistentRoomsPerPerson: 1 },
  });
  romeo.sends(
    `<presence to='orchard@rooms.verona.lit/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  );
  romeo.receives(refusal('presence', 'wait', 'resource-constraint'));
});

it('is archived as long as it is there, across restarts, and no longer', async () => {
  const before = await keptGarden();
  before.stage.load(mucArchive);
  await configured(before.romeo, { 'muc#roomconfig_enablelogging': '1' });
  before.romeo.sends(`<message type='groupchat' id='m' to='${room}'><body>Adieu</body></message>`);
  before.stage.unload();
  const archives = storage.archive('rooms.verona.lit', 'muc_archive');
  await archives.append('of another life', { id: '1', with: room, value: '<message/>' });
  const after = starts();
  after.stage.load(mucArchive);
  await enters(after, after.romeo, 'romeo');
  await vi.waitFor(async () => expect(await archives.users()).toHaveLength(1), { interval: 1 });
  after.romeo.sends(`<iq type='set' id='q' to='${room}'><query xmlns='urn:xmpp:mam:2'/></iq>`);
  await hears(after.romeo, `<message><result><forwarded><message id='m'/></forwarded></result></message>`);
  after.romeo.sends(
    `<iq type='set' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
  );
  await vi.waitFor(async () => expect(await archives.users()).toEqual([]), { interval: 1 });
});

it('is nothing any more to an account that is removed, nor to the next of that name', async () => {
  const before = await keptGarden();
  administers(before.romeo, `<item affiliation='outcast' jid='tybalt@verona.lit'/>`);
  administers(before.romeo, `<item affiliation='admin' jid='juliet@verona.lit'/>`);
  await configured(before.romeo, { 'muc#roomconfig_lang': 'it' });
  before.stage.unload();
  const stage = new Stage('rooms.verona.lit', storage);
  const accounts = stage.beside('verona.lit');
  const service = stage.load(muc, { persistence: 'owners', accountsOf: ['verona.lit'] });
  const removes = async (username: string): Promise<void> => {
    const waiting: Promise<unknown>[] = [];
    const account = parseJid(`${username}@verona.lit`);
    const until = (done: Promise<unknown>): void => void waiting.push(done);
    accounts.host.hooks.emit('account-removed', { username, account, until });
    await Promise.all(waiting);
  };
  await removes('romeo');
  const [live] = [...service.rooms.values()];
  expect(live?.allAffiliations().map(({ jid }) => jid.toString())).toEqual([
    'tybalt@verona.lit',
    'juliet@verona.lit',
  ]);
  await removes('juliet');
  await removes('tybalt');
  const stored = JSON.stringify(await rooms(storage).get('garden'));
  expect(stored).toMatch(/^(?!.*juliet).*tybalt@verona.lit/s);
});
