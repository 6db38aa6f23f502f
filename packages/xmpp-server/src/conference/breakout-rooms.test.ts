/** Rooms for parts of a conference (acceptance 40 to 46). */
import { beforeEach, expect, it, vi } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { breakoutRooms } from './index.js';
import { appoints, hears, hearsNothing, main, meeting, room } from './testing/meeting.js';

const breakouts = 'breakout.verona.lit';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function scene(options: object = {}) {
  const people = meeting(({ stage }) => {
    const focusAccount = 'focus@auth.verona.lit';
    stage.beside(breakouts).load(muc, { admins: [focusAccount], reservedNicks: { focus: focusAccount } });
    stage.load(breakoutRooms, { breakouts, announcedBy: main, ...options });
  });
  return people;
}

function commands(actor: Actor, type: string, attributes = ''): void {
  actor.sends(
    `<message to='${breakouts}'><breakout_rooms type='features/breakout-rooms/${type}' ${attributes}/></message>`,
  );
}

interface Breakout {
  readonly jid: string;
  readonly name: string;
  readonly isMainRoom?: boolean;
  readonly participants: Record<string, { readonly jid: string; readonly role: string }>;
}

/** What an actor is told of the rooms when changes have been gathered. */
function rooms(actor: Actor): Breakout[] {
  vi.advanceTimersByTime(300);
  const update = hears(actor, breakouts);
  expect(update).toMatchObject({ type: 'breakout_rooms', event: 'features/breakout-rooms/update' });
  return Object.values(update['rooms'] as Record<string, Breakout>);
}

/** A conference with one breakout room, which the focus has opened. @returns its JID too */
function withTeam(options: object = {}) {
  const people = scene(options);
  commands(people.romeo, 'add', `subject='Team A'`);
  const team = rooms(people.romeo).find(({ isMainRoom }) => isMainRoom !== true)?.jid ?? '';
  people.focus.sends(`<presence to='${team}/focus'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  people.stage.everybodyIgnoresAll();
  return { ...people, team };
}

const enters = (actor: Actor, where: string) =>
  actor.sends(`<presence to='${where}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);

it('are announced by the main host', () => {
  const { stage } = scene();
  expect(stage.beside(main).host.disco.identities).toContainEqual({
    category: 'component',
    type: 'breakout_rooms',
    name: breakouts,
  });
});

it('are added by a moderator, and everybody is told, once for all that has changed (40)', () => {
  const { romeo, juliet, focus } = scene();
  commands(romeo, 'add', `subject='Team A'`);
  commands(romeo, 'add', `subject='Team B'`);
  const [first, ...others] = rooms(juliet);
  expect(first).toMatchObject({
    jid: room,
    isMainRoom: true,
    participants: {
      [`${room}/romeo`]: { jid: romeo.jid.toString(), role: 'moderator', displayName: '' },
      [`${room}/juliet`]: { jid: juliet.jid.toString(), role: 'participant' },
    },
  });
  expect(first?.participants).not.toHaveProperty([`${room}/focus`]);
  expect(others.map(({ name }) => name)).toEqual(['Team A', 'Team B']);
  for (const { jid } of others) expect(jid).toMatch(/^[0-9a-f-]{36}@breakout\.verona\.lit$/);
  hearsNothing(juliet);
  hearsNothing(focus);
});

it('are opened by the focus, named, and say which conference they belong to', () => {
  const { focus, romeo, team } = withTeam();
  enters(romeo, `${team}/romeo`);
  const subject = romeo.inbox.find((stanza) => stanza.getChild('subject') !== undefined);
  expect(subject?.getChildText('subject')).toBe('Team A');
  romeo.ignoresAll();
  romeo.sends(
    `<iq type='get' id='d' to='${team}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  );
  romeo.receives(
    `<iq><query><x><field var='muc#roominfo_isbreakout'><value>true</value></field><field var='muc#roominfo_breakout_main_room'><value>${room}</value></field></x></query></iq>`,
  );
  focus.ignoresAll();
  focus.sends(
    `<iq type='get' id='f' to='${team}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
  );
  focus.receives(
    `<iq><query><x><field var='muc#roominfo_breakout_main_room'><value>${room}</value></field></x></query></iq>`,
  );
});

it('show who is where (41), and people are in them what they are in the main room', () => {
  const { romeo, juliet, team } = withTeam();
  romeo.leaves(room);
  enters(romeo, `${team}/romeo`);
  const [mainRoom, breakout] = rooms(juliet);
  expect(Object.keys(mainRoom?.participants ?? {})).toEqual([`${room}/juliet`]);
  expect(breakout?.participants).toEqual({
    [`${team}/romeo`]: { jid: romeo.jid.toString(), role: 'moderator', displayName: '' },
  });
  romeo.leaves(team);
  enters(romeo, `${room}/romeo`);
  expect(Object.keys(rooms(juliet)[1]?.participants ?? {})).toEqual([]);
});

it('send their people back when they are removed (42, 44)', () => {
  const { romeo, juliet, team } = withTeam();
  enters(juliet, `${team}/juliet`);
  juliet.ignoresAll();
  commands(romeo, 'remove', `breakoutRoomJid='${team}'`);
  juliet.receives(
    `<presence type='unavailable' from='${team}/juliet'><x><destroy jid='${room}'/></x></presence>`,
  );
  expect(rooms(romeo).map(({ jid }) => jid)).toEqual([room]);
});

it('get people who are sent there (45)', () => {
  const { romeo, juliet, team } = withTeam();
  commands(romeo, 'move-to-room', `participantJid='${juliet.jid.toString()}' roomJid='${team}'`);
  expect(hears(juliet, breakouts)).toEqual({
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/move-to-room',
    roomJid: team,
  });
});

it('are renamed, also for those inside (46)', () => {
  const { romeo, juliet, team } = withTeam();
  enters(juliet, `${team}/juliet`);
  juliet.ignoresAll();
  commands(romeo, 'rename', `breakoutRoomJid='${team}' subject='B &lt;3'`);
  juliet.receives(`<message type='groupchat' from='${team}'><subject>B &lt;3</subject></message>`);
  expect(rooms(romeo)[1]?.name).toBe('B <3');
});

it('take commands from a moderator who is in one of them', () => {
  const { romeo, team } = withTeam();
  romeo.leaves(room);
  enters(romeo, `${team}/romeo`);
  commands(romeo, 'add', `subject='Team B'`);
  expect(rooms(romeo)).toHaveLength(3);
});

it.each([
  ['a participant', 'juliet', 'add', `subject='A'`, 'auth', 'forbidden'],
  ['a stranger', 'tybalt', 'add', `subject='A'`, 'auth', 'forbidden'],
  ['a room without a name', 'romeo', 'add', `subject=' '`, 'modify', 'bad-request'],
  ['what there is not', 'romeo', 'shuffle', '', 'modify', 'bad-request'],
  [
    'to remove what there is not',
    'romeo',
    'remove',
    `breakoutRoomJid='x@${breakouts}'`,
    'cancel',
    'item-not-found',
  ],
  [
    'to send strangers',
    'romeo',
    'move-to-room',
    `participantJid='tybalt@guest.verona.lit/street' roomJid='${room}'`,
    'cancel',
    'item-not-found',
  ],
  [
    'to send elsewhere',
    'romeo',
    'move-to-room',
    `participantJid='juliet@guest.verona.lit/balcony' roomJid='evil@example.org'`,
    'cancel',
    'item-not-found',
  ],
] as const)('refuse %s', (_, who, type, attributes, errorType, condition) => {
  const people = scene();
  commands(people[who], type, attributes);
  people[who].receives(refusal('message', errorType, condition));
  vi.advanceTimersByTime(300);
  hearsNothing(people.juliet);
  hearsNothing(people.tybalt);
});

it('are as many as the operator allows', () => {
  const { romeo } = withTeam({ limits: { rooms: 1 } });
  commands(romeo, 'add', `subject='Team B'`);
  romeo.receives(refusal('message', 'wait', 'resource-constraint'));
});

it('admit nobody who was not in the main room, and nobody opens one that was not added', () => {
  const { tybalt, focus, romeo, team } = withTeam();
  enters(tybalt, `${team}/tybalt`);
  tybalt.receives(refusal('presence', 'cancel', 'not-allowed'));
  for (const actor of [focus, romeo, tybalt]) {
    actor.ignoresAll();
    enters(actor, `own@${breakouts}/x`);
    actor.receives(refusal('presence', 'cancel', 'not-allowed'));
  }
});

it('do not let one take the place of another on its way from room to room', () => {
  const { stage, romeo, juliet, tybalt, team } = withTeam();
  juliet.leaves(room);
  enters(tybalt, `${room}/juliet`);
  tybalt.receives(refusal('presence', 'cancel', 'conflict'));
  enters(juliet, `${team}/juliet`);
  enters(tybalt, `${room}/juliet`);
  tybalt.receives(refusal('presence', 'cancel', 'conflict'));
  juliet.leaves(team);
  vi.advanceTimersByTime(30_001);
  stage.everybodyIgnoresAll();
  enters(tybalt, `${room}/juliet`);
  romeo.receives(`<presence from='${room}/juliet'/>`);
});

it('have moderators whom the main room has appointed since', () => {
  const { focus, juliet, romeo, team } = withTeam();
  enters(juliet, `${team}/juliet`);
  enters(romeo, `${team}/romeo`);
  romeo.ignoresAll();
  appoints(focus, 'juliet@guest.verona.lit');
  const promoted = romeo.inbox.find(({ attrs }) => attrs['from'] === `${team}/juliet`);
  expect(promoted?.getChild('x')?.getChild('item')?.attrs['role']).toBe('moderator');
});

it('keep the main room while everybody is in them, and end with it when nobody is anywhere', () => {
  const { service, stage, focus, romeo, juliet, team } = withTeam();
  for (const actor of [romeo, juliet]) {
    actor.leaves(room);
    enters(actor, `${team}/${actor.jid.local ?? ''}`);
  }
  focus.leaves(room);
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.has(room)).toBe(true);
  const side = stage.beside(breakouts).offers.get('muc') as typeof service;
  romeo.leaves(team);
  juliet.leaves(team);
  vi.advanceTimersByTime(4999);
  expect(service.rooms.has(room)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(service.rooms.size).toBe(0);
  expect(side.rooms.size).toBe(0);
});

it('do not keep the main room for the last one who comes back', () => {
  const { service, focus, romeo, juliet, team } = withTeam();
  juliet.leaves(room);
  romeo.leaves(room);
  focus.leaves(room);
  enters(romeo, `${room}/romeo`);
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.has(room)).toBe(true);
  commands(romeo, 'remove', `breakoutRoomJid='${team}'`);
  romeo.leaves(room);
  vi.advanceTimersByTime(5000);
  expect(service.rooms.size).toBe(0);
});

it('end when the conference is ended', () => {
  const { romeo, juliet, team } = withTeam();
  enters(juliet, `${team}/juliet`);
  juliet.ignoresAll();
  romeo.sends(
    `<iq type='set' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
  );
  expect(juliet.inbox.filter(({ attrs }) => attrs['type'] === 'unavailable')).toHaveLength(2);
});
