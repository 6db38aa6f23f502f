/** Guests wait until a host has come. */
import { expect, it } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import { lobby, waitForHost } from './index.js';
import { enters, main, ownPresence, room, stageForMeetings, tokenFor } from './testing/meeting.js';

const lobbyHost = 'lobby.verona.lit';
const waitingRoom = `garden@${lobbyHost}`;

function scene(options: object = {}) {
  const people = stageForMeetings();
  const { stage, focus } = people;
  const hall = stage.beside(lobbyHost).load(muc, { admins: ['focus@auth.verona.lit'] });
  stage.load(lobby, { lobby: lobbyHost, announcedBy: main });
  stage.load(waitForHost, { domains: ['verona.lit'], ...options });
  focus.joins(room, 'focus');
  return { ...people, hall };
}

const waits = (people: ReturnType<typeof scene>) =>
  people.tybalt.sends(
    `<presence to='${waitingRoom}/tybalt'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  );

it('tells a guest without asking for a name, and that it is for the host', () => {
  const { tybalt } = scene();
  enters(tybalt, 'tybalt');
  tybalt.receives(
    `<presence type='error'><error type='auth'><registration-required/><waiting-for-host xmlns='http://jitsi.org/jitmeet'/><lobbyroom xmlns='http://jitsi.org/jitmeet'>${waitingRoom}</lobbyroom></error></presence>`,
  );
});

it.each([
  ['by login', 'paris@verona.lit/tomb', {}],
  ['by a token', 'u1@token.lit/x', { identity: tokenFor() }],
])('lets the host in %s as owner, and all who wait after it', (_, jid, role) => {
  const people = scene();
  enters(people.tybalt, 'tybalt');
  waits(people);
  people.tybalt.ignoresAll();
  const host = people.stage.actor(jid, role);
  enters(host, 'paris');
  expect(ownPresence(host, 'paris')?.getChild('x')?.getChild('item')?.attrs['role']).toBe('moderator');
  people.tybalt.receives(`<presence type='unavailable'><x><destroy jid='${room}'/></x></presence>`);
  enters(people.tybalt, 'tybalt');
  expect(ownPresence(people.tybalt, 'tybalt')).toBeDefined();
});

it('keeps the room for those who wait when the focus leaves it, and no longer', () => {
  const people = scene();
  enters(people.tybalt, 'tybalt');
  waits(people);
  people.focus.leaves(room);
  expect(people.service.rooms.size).toBe(1);
  expect(people.hall.rooms.size).toBe(1);
  people.tybalt.leaves(waitingRoom);
  expect(people.service.rooms.size).toBe(0);
});

it('does not wait again when the host has left', () => {
  const { romeo, juliet, tybalt } = scene();
  enters(romeo, 'romeo');
  enters(juliet, 'juliet');
  romeo.leaves(room);
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it('takes nobody for a host who has no account', () => {
  const { stage } = scene();
  const impostor = stage.actor('romeo@verona.lit/x', { anonymous: true });
  enters(impostor, 'impostor', `<nick xmlns='http://jabber.org/protocol/nick'>R</nick>`);
  impostor.receives(refusal('presence', 'auth', 'registration-required'));
});

it('makes no owners where the operator does not want it', () => {
  const { romeo } = scene({ owners: false });
  enters(romeo, 'romeo');
  expect(ownPresence(romeo, 'romeo')?.getChild('x')?.getChild('item')?.attrs['role']).toBe('participant');
});
