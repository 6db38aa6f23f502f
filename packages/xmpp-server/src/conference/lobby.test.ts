/** People wait until a moderator lets them in (acceptance 1 to 11). */
import { expect, it } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { kicks, lobby } from './index.js';
import { appoints, configures, hears, hearsNothing, main, meeting, room } from './testing/meeting.js';

const lobbyHost = 'lobby.verona.lit';
const waitingRoom = `garden@${lobbyHost}`;

function scene(options: object = {}) {
  return meeting(({ stage }) => {
    const hall = stage.beside(lobbyHost);
    hall.load(muc, { admins: ['focus@auth.verona.lit'], rooms: { historyLength: 0 } });
    stage.load(kicks);
    stage.load(lobby, { lobby: lobbyHost, announcedBy: main, ...options });
  });
}

const turnsLobby = (actor: Actor, on: boolean) =>
  configures(actor, { 'muc#roomconfig_membersonly': String(on) });

const nick = (name: string) => `<nick xmlns='http://jabber.org/protocol/nick'>${name}</nick>`;

function enters(actor: Actor, where: string, inside = nick('Tybalt'), password = ''): void {
  actor.sends(
    `<presence to='${where}'><x xmlns='http://jabber.org/protocol/muc'>${password}</x>${inside}</presence>`,
  );
}

/** A meeting with a lobby, in which Romeo looks after those who wait, and Tybalt waits. */
function waiting(options: object = {}) {
  const people = scene(options);
  turnsLobby(people.romeo, true);
  enters(people.romeo, `${waitingRoom}/romeo`, nick('Romeo'));
  enters(people.tybalt, `${waitingRoom}/tybalt`);
  people.stage.everybodyIgnoresAll();
  return people;
}

const isIn = (actor: Actor) =>
  actor.inbox.some(({ attrs }) => attrs['from'] === `${room}/tybalt` && attrs['type'] === undefined);

const invites = (actor: Actor, ...people: readonly Actor[]) =>
  actor.sends(
    `<message to='${room}'><x xmlns='http://jabber.org/protocol/muc#user'>${people.map(({ jid }) => `<invite to='${jid.toString()}'/>`).join('')}</x></message>`,
  );

it('is announced by the main host', () => {
  const { stage } = scene();
  expect(stage.beside(main).host.disco.identities).toContainEqual({
    category: 'component',
    type: 'lobbyrooms',
    name: lobbyHost,
  });
});

it('is turned on by a moderator, and everybody learns by whom (1); nobody is dropped (10)', () => {
  const { romeo, juliet, service } = scene();
  turnsLobby(romeo, true);
  const presences = juliet.inbox.filter(({ name }) => name === 'presence');
  expect(presences.some(({ attrs }) => attrs['type'] === 'unavailable')).toBe(false);
  const notice = juliet.inbox.find((stanza) => stanza.getChild('json-message') !== undefined);
  expect(notice?.attrs).toMatchObject({ from: `${room}/romeo`, type: 'groupchat' });
  expect(hears(juliet)).toEqual({ type: 'lobby-notify', event: 'LOBBY-ENABLED', value: true });
  expect(hears(juliet, 'metadata.verona.lit')).toMatchObject({ metadata: { lobbyEnabled: true } });
  juliet.receives(`<message type='groupchat' from='${room}'><x><status code='104'/></x></message>`);
  expect(service.rooms.get(room)?.occupantCount).toBe(3);
});

it('cannot be turned on by others', () => {
  const { juliet, service } = scene();
  turnsLobby(juliet, true);
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  expect(service.rooms.get(room)?.config.membersOnly).toBe(false);
});

it('asks for a name first, then says where to wait (2)', () => {
  const { tybalt } = waiting();
  enters(tybalt, `${room}/tybalt`, '');
  tybalt.receives(
    `<presence type='error'><error type='modify'><not-acceptable/><displayname-required xmlns='http://jitsi.org/jitmeet' lobby='true'/></error></presence>`,
  );
  enters(tybalt, `${room}/tybalt`);
  tybalt.receives(
    `<presence type='error'><error type='auth'><registration-required/><lobbyroom xmlns='http://jitsi.org/jitmeet'>${waitingRoom}</lobbyroom><lobbyroom>${waitingRoom}</lobbyroom></error></presence>`,
  );
});

it('shows moderators who waits, with real address and name (2), and when one leaves (5)', () => {
  const { romeo, tybalt } = waiting();
  tybalt.leaves(waitingRoom);
  romeo.receives(`<presence type='unavailable' from='${waitingRoom}/tybalt'/>`);
  enters(tybalt, `${waitingRoom}/tybalt`);
  romeo.receives(
    `<presence from='${waitingRoom}/tybalt'><x><item jid='${tybalt.jid.toString()}' affiliation='none' role='participant'/></x>${nick('Tybalt')}</presence>`,
  );
});

it('hides those who wait from one another, and the moderators from them', () => {
  const { stage, romeo, tybalt } = waiting();
  const paris = stage.actor('paris@guest.verona.lit/tomb', { anonymous: true });
  enters(paris, `${waitingRoom}/paris`, nick('Paris'));
  tybalt.receivesNothing();
  const others = paris.inbox.filter(
    ({ name, attrs }) => name === 'presence' && attrs['from'] !== `${waitingRoom}/paris`,
  );
  expect(others).toEqual([]);
  expect(paris.inbox.find(({ name }) => name === 'presence')?.toString()).not.toContain("code='201'");
  stage.everybodyIgnoresAll();

  paris.sends(`<message type='groupchat' to='${waitingRoom}'><body>Anybody?</body></message>`);
  tybalt.receivesNothing();
  romeo.receives(`<message from='${waitingRoom}/paris'><body>Anybody?</body></message>`);
  paris.ignoresAll();
  paris.sends(`<message type='chat' to='${waitingRoom}/tybalt'><body>Psst</body></message>`);
  paris.receives(refusal('message', 'auth', 'forbidden'));
  paris.sends(
    `<iq type='get' id='d' to='${waitingRoom}/tybalt'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  );
  paris.receives(refusal('iq', 'auth', 'forbidden'));
  paris.sends(`<presence type='probe' to='${waitingRoom}/tybalt'/>`);
  paris.receives(refusal('presence', 'cancel', 'item-not-found'));
  tybalt.receivesNothing();

  romeo.sends(`<message type='groupchat' to='${waitingRoom}'><body>One moment</body></message>`);
  for (const actor of [tybalt, paris]) actor.receives(`<message><body>One moment</body></message>`);
});

it('keeps nothing of what was said for those who come later', () => {
  const { stage, romeo } = waiting();
  romeo.sends(`<message type='groupchat' to='${waitingRoom}'><body>A secret</body></message>`);
  const paris = stage.actor('paris@guest.verona.lit/tomb', { anonymous: true });
  enters(paris, `${waitingRoom}/paris`);
  expect(paris.inbox.join('')).not.toContain('A secret');
});

it('lets in whom a moderator invites; the others learn who admitted whom (3)', () => {
  const { romeo, juliet, tybalt } = waiting();
  invites(romeo, tybalt);
  expect(hears(juliet)).toEqual({
    type: 'lobby-notify',
    event: 'LOBBY-ACCESS-GRANTED',
    value: `${waitingRoom}/tybalt`,
    name: 'Tybalt',
  });
  expect(tybalt.inbox.some((stanza) => stanza.attrs['from'] === room && stanza.name === 'message')).toBe(
    true,
  );
  enters(tybalt, `${room}/tybalt`);
  expect(isIn(tybalt)).toBe(true);
});

it('lets in several at once', () => {
  const { stage, romeo, tybalt, service } = waiting();
  const paris = stage.actor('paris@guest.verona.lit/tomb', { anonymous: true });
  enters(paris, `${waitingRoom}/paris`, nick('Paris'));
  invites(romeo, tybalt, paris);
  enters(tybalt, `${room}/tybalt`);
  enters(paris, `${room}/paris`);
  expect(service.rooms.get(room)?.occupantCount).toBe(5);
});

it('is no business of participants, nor of those who wait', () => {
  const { juliet, tybalt, romeo } = waiting();
  invites(juliet, tybalt);
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  invites(tybalt, tybalt);
  tybalt.receives(refusal('message', 'auth', 'forbidden'));
  tybalt.sends(
    `<iq type='set' id='k' to='${waitingRoom}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='romeo' role='none'/></query></iq>`,
  );
  tybalt.receives(refusal('iq', 'auth', 'forbidden'));
  romeo.receivesNothing();
});

it('turns away whom a moderator rejects (4)', () => {
  const { romeo, juliet, tybalt } = waiting();
  romeo.sends(
    `<iq type='set' id='k' to='${waitingRoom}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='tybalt' role='none'/></query></iq>`,
  );
  tybalt.receives(`<presence type='unavailable'><x><status code='110'/><status code='307'/></x></presence>`);
  expect(hears(juliet)).toEqual({
    type: 'lobby-notify',
    event: 'LOBBY-ACCESS-DENIED',
    value: `${waitingRoom}/tybalt`,
    name: 'Tybalt',
  });
  enters(tybalt, `${room}/tybalt`);
  tybalt.receives(refusal('presence', 'auth', 'registration-required'));
});

it('ends for those who wait when the room does (6)', () => {
  const { focus, romeo, juliet, tybalt } = waiting();
  for (const actor of [juliet, romeo, focus]) actor.leaves(room);
  const destroyed = tybalt.receives(
    `<presence type='unavailable'><x><destroy><reason>Lobby room closed.</reason></destroy></x></presence>`,
  );
  expect(destroyed.getChild('x')?.getChild('destroy')?.attrs['jid']).toBeUndefined();
});

it('sends everybody in when it is turned off (7)', () => {
  const { romeo, juliet, tybalt } = waiting();
  turnsLobby(romeo, false);
  tybalt.receives(`<presence type='unavailable'><x><destroy jid='${room}'/></x></presence>`);
  expect(hears(juliet)).toMatchObject({ event: 'LOBBY-ENABLED', value: false });
  enters(tybalt, `${room}/tybalt`);
  expect(isIn(tybalt)).toBe(true);
});

it('shows those who wait to whoever moderates next (8, 11)', () => {
  const { focus, juliet } = waiting();
  appoints(focus, 'juliet@guest.verona.lit');
  enters(juliet, `${waitingRoom}/juliet`, nick('Juliet'));
  expect(juliet.inbox.some(({ attrs }) => attrs['from'] === `${waitingRoom}/tybalt`)).toBe(true);
});

it('is passed with the password (9)', () => {
  const { romeo, tybalt, service } = waiting();
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline', 'muc#roomconfig_membersonly': 'true' });
  enters(tybalt, `${room}/tybalt`, nick('T'), '<password>wrong</password>');
  tybalt.receives(refusal('presence', 'auth', 'registration-required'));
  enters(tybalt, `${room}/tybalt`, nick('T'), '<password>rosaline</password>');
  expect(isIn(tybalt)).toBe(true);
  expect(service.rooms.get(room)?.occupant('tybalt')?.affiliation).toBe('member');
});

it('does not ask whom a moderator has admitted for the password', () => {
  const { romeo, tybalt } = waiting();
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline' });
  invites(romeo, tybalt);
  enters(tybalt, `${room}/tybalt`);
  expect(isIn(tybalt)).toBe(true);
});

it('has the kicked wait again, but not the banned', () => {
  const { romeo, juliet, focus } = waiting();
  romeo.sends(
    `<iq type='set' id='k' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='juliet' role='none'/></query></iq>`,
  );
  juliet.ignoresAll();
  enters(juliet, `${room}/juliet`, nick('Juliet'));
  juliet.receives(refusal('presence', 'auth', 'registration-required'));
  appoints(focus, 'juliet@guest.verona.lit', 'outcast');
  enters(juliet, `${waitingRoom}/juliet`, nick('Juliet'));
  juliet.receives(refusal('presence', 'auth', 'forbidden'));
  enters(juliet, `${room}/juliet`, nick('Juliet'));
  juliet.receives(refusal('presence', 'auth', 'forbidden'));
});

it('passes those whom the operator names, and asks nobody for a name if it says so', () => {
  const { tybalt } = waiting({ whitelist: ['guest.verona.lit'] });
  enters(tybalt, `${room}/tybalt`, '');
  expect(isIn(tybalt)).toBe(true);
  const { tybalt: nameless } = waiting({ nameRequired: false });
  enters(nameless, `${room}/tybalt`, '');
  nameless.receives(refusal('presence', 'auth', 'registration-required'));
});

it('is nowhere that no room has one: nobody opens a room of its own there', () => {
  const { tybalt } = scene();
  for (const name of ['garden', 'vault']) {
    enters(tybalt, `${name}@${lobbyHost}/tybalt`);
    tybalt.receives(refusal('presence', 'cancel', 'not-allowed'));
  }
});

it('makes nobody an owner who comes first', () => {
  const { romeo, tybalt } = scene();
  turnsLobby(romeo, true);
  enters(tybalt, `${waitingRoom}/tybalt`);
  tybalt.receives(
    `<presence from='${waitingRoom}/tybalt'><x><item affiliation='none' role='participant'/></x></presence>`,
  );
  hearsNothing(tybalt);
});

it('keeps properties of participants out of the waiting room', () => {
  const { romeo, tybalt } = waiting();
  tybalt.sends(
    `<presence to='${waitingRoom}/tybalt'><jitsi_participant_region>eu</jitsi_participant_region><email>t@x</email></presence>`,
  );
  const seen = romeo.receives(`<presence from='${waitingRoom}/tybalt'><email>t@x</email></presence>`);
  expect(seen.getChild('jitsi_participant_region')).toBeUndefined();
});
