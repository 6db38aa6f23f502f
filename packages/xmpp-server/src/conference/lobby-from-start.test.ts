/** Who need not wait in a lobby: hosts, in conferences that begin with one, and whose token says so. */
import { NS } from '@conclave/signaling';
import { expect, it } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import { lobby, lobbyBypass, lobbyFromStart, waitForHost } from './index.js';
import {
  configures,
  enters,
  main,
  ownPresence,
  room,
  stageForMeetings,
  tokenFor,
} from './testing/meeting.js';

const lobbyHost = 'lobby.verona.lit';
const named = `<nick xmlns='${NS.nick}'>Somebody</nick>`;

function scene(...modules: readonly ('from-start' | 'bypass' | 'wait')[]) {
  const people = stageForMeetings();
  const { stage, focus } = people;
  stage.beside(lobbyHost).load(muc, { admins: ['focus@auth.verona.lit'] });
  stage.load(lobby, { lobby: lobbyHost, announcedBy: main });
  if (modules.includes('wait')) stage.load(waitForHost, { domains: ['verona.lit'] });
  if (modules.includes('from-start')) stage.load(lobbyFromStart, { domains: ['verona.lit'] });
  if (modules.includes('bypass')) stage.load(lobbyBypass);
  focus.joins(room, 'focus');
  return people;
}

it.each([
  ['by account', 'paris@verona.lit/tomb', {}],
  ['by a token that makes an owner', 'u1@token.lit/x', { identity: tokenFor({ user: { moderator: true } }) }],
])('hosts come in, %s, and let others in, who wait from the start', (_, jid, role) => {
  const { stage, tybalt, service } = scene('from-start');
  enters(tybalt, 'tybalt', named);
  tybalt.receives(refusal('presence', 'auth', 'registration-required'));
  tybalt.sends(`<presence to='garden@${lobbyHost}/tybalt'><x xmlns='${NS.muc}'/>${named}</presence>`);
  const host = stage.actor(jid, role);
  enters(host, 'host', named);
  expect(ownPresence(host, 'host')).toBeDefined();
  expect(service.rooms.get(room)?.config.membersOnly).toBe(true);
  // That the host has come opens the room to nobody.
  enters(tybalt, 'tybalt', named);
  expect(ownPresence(tybalt, 'tybalt')).toBeUndefined();
});

it('a token that makes no owner waits like others', () => {
  const { stage } = scene('from-start');
  const bearer = stage.actor('u1@token.lit/x', { identity: tokenFor() });
  enters(bearer, 'bearer', named);
  bearer.receives(refusal('presence', 'auth', 'registration-required'));
});

it('ends when a moderator turns it off', () => {
  const { focus, tybalt } = scene('from-start');
  configures(focus, { 'muc#roomconfig_membersonly': '0' });
  enters(tybalt, 'tybalt', named);
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it.each([
  [true, true],
  ['true', true],
  [false, false],
  [1, false],
  [undefined, false],
])('whose token says of the lobby %j is in: %j', (lobby_bypass, isIn) => {
  const { stage, focus } = scene('bypass');
  configures(focus, { 'muc#roomconfig_membersonly': '1' });
  const bearer = stage.actor('u1@token.lit/x', { identity: tokenFor({ user: { lobby_bypass } }) });
  enters(bearer, 'bearer', named);
  expect(ownPresence(bearer, 'bearer') !== undefined).toBe(isIn);
});

it('is asked for the password all the same, and is kept out when banned', () => {
  const { stage, focus } = scene('bypass');
  configures(focus, {
    'muc#roomconfig_membersonly': '1',
    'muc#roomconfig_roomsecret': 'x',
    'muc#roomconfig_passwordprotectedroom': '1',
  });
  const identity = tokenFor({ user: { lobby_bypass: true } });
  const bearer = stage.actor('u1@token.lit/x', { identity });
  enters(bearer, 'bearer', named);
  bearer.receives(refusal('presence', 'auth', 'not-authorized'));
  const banned = stage.actor('u2@token.lit/x', { identity });
  focus.sends(
    `<iq type='set' id='b' to='${room}'><query xmlns='${NS.mucAdmin}'><item affiliation='outcast' jid='u2@token.lit'/></query></iq>`,
  );
  enters(banned, 'banned', named, 'x');
  banned.receives(refusal('presence', 'auth', 'forbidden'));
});
