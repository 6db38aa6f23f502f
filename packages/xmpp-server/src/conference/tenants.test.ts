/** Rooms of tenants, `conference.<tenant>.D`, in the usual layout: each is a room of its own, and everything about it says its own address. */
import { NS } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conferencingLayout } from '../layout.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';
import { at, stageForMeetings } from './testing/meeting.js';
import { endConference } from './index.js';

const domainOf = (tenant: string) => `conference.${tenant}.verona.lit`;
const montagues = `garden@${domainOf('montague')}`;
const capulets = `garden@${domainOf('capulet')}`;
const plain = 'garden@conference.verona.lit';
const inRoom = `<x xmlns='${NS.muc}'/><nick xmlns='${NS.nick}'>Somebody</nick>`;

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;
let guest: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await stage.client('romeo', 'orchard');
  juliet = await stage.client('juliet', 'balcony');
  guest = stage.stranger('mercutio@guest.verona.lit/street');
});
afterEach(() => stage.close());

const enters = (actor: Actor, room: string, nick: string) =>
  actor.sends(`<presence to='${room}/${nick}'>${inRoom}</presence>`);

const turnsLobby = (actor: Actor, room: string, on: boolean) =>
  actor.sends(
    `<iq type='set' id='l' to='${room}'><query xmlns='${NS.mucOwner}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${NS.mucRoomConfig}</value></field><field var='muc#roomconfig_membersonly'><value>${String(on)}</value></field></x></query></iq>`,
  );

describe('a room of a tenant', () => {
  it('is another than that of the same name elsewhere', async () => {
    await enters(romeo, montagues, 'romeo');
    romeo.receives(`<message from='metadata.verona.lit'/>`);
    romeo.receives(`<presence from='${montagues}/romeo'/>`);
    stage.everybodyIgnoresAll();
    await enters(juliet, capulets, 'romeo');
    await enters(guest, plain, 'romeo');
    expect(juliet.inbox.some(({ attrs }) => attrs['from'] === `${capulets}/romeo`)).toBe(true);
    guest.receives(`<presence type='error' from='${plain}/romeo'/>`);
    await juliet.sends(`<message type='groupchat' to='${montagues}'><body>here?</body></message>`);
    expect(juliet.inbox.at(-1)?.attrs).toMatchObject({ type: 'error', from: montagues });
    romeo.receivesNothing();
  });

  it('carries what is said in it, and learns who leaves', async () => {
    await enters(romeo, montagues, 'romeo');
    await enters(guest, montagues, 'mercutio');
    stage.everybodyIgnoresAll();
    await guest.sends(`<message type='groupchat' to='${montagues}'><body>here</body></message>`);
    romeo.receives(`<message type='groupchat' from='${montagues}/mercutio'><body>here</body></message>`);
    await guest.vanishes();
    romeo.receives(`<presence type='unavailable' from='${montagues}/mercutio'/>`);
  });

  it('is found where it is, as its service is', async () => {
    await enters(romeo, montagues, 'romeo');
    stage.everybodyIgnoresAll();
    const ask = (to: string, what: string) =>
      `<iq type='get' id='d' to='${to}'><query xmlns='${what}'/></iq>`;
    await romeo.sends(ask(montagues, NS.discoInfo));
    romeo.receives(`<iq type='result' from='${montagues}'><query/></iq>`);
    await romeo.sends(ask(domainOf('montague'), NS.discoInfo));
    romeo.receives(
      `<iq type='result' from='${domainOf('montague')}'><query><identity category='conference'/></query></iq>`,
    );
    // Not even its owner lists it for all the world.
    await romeo.sends(ask('conference.verona.lit', NS.discoItems));
    expect(romeo.inbox.pop()?.getChild('query')?.children).toEqual([]);
  });

  it('has a lobby of its own', async () => {
    await enters(romeo, montagues, 'romeo');
    await enters(juliet, capulets, 'juliet');
    await turnsLobby(romeo, montagues, true);
    stage.everybodyIgnoresAll();
    await enters(guest, montagues, 'mercutio');
    guest.receives(
      `<presence type='error'><error type='auth'><registration-required/><lobbyroom xmlns='${NS.jitmeet}'>[montague]garden@lobby.verona.lit</lobbyroom></error></presence>`,
    );
    await enters(romeo, '[montague]garden@lobby.verona.lit', 'romeo');
    romeo.ignoresAll();
    await enters(guest, '[montague]garden@lobby.verona.lit', 'mercutio');
    romeo.receives("<presence from='[montague]garden@lobby.verona.lit/mercutio'/>");
    guest.ignoresAll();
    await turnsLobby(romeo, montagues, false);
    guest.receives(
      `<presence type='unavailable'><x xmlns='${NS.mucUser}'><destroy jid='${montagues}'/></x></presence>`,
    );
    // There is none for a room without, whoever's it is.
    for (const name of ['[capulet]garden', 'garden', '[capulet.x]garden', '[]garden']) {
      guest.ignoresAll();
      await enters(guest, `${name}@lobby.verona.lit`, 'mercutio');
      guest.receives("<presence type='error'/>");
    }
  });

  it('has breakout rooms, which say where it is', async () => {
    await enters(romeo, montagues, 'romeo');
    stage.everybodyIgnoresAll();
    await romeo.sends(
      `<message to='breakout.verona.lit'><breakout_rooms type='features/breakout-rooms/add' subject='Duel'/></message>`,
    );
    await expect.poll(() => romeo.inbox.length).toBeGreaterThan(0);
    const { rooms } = JSON.parse(romeo.inbox[0]?.getChildText('json-message') ?? '{}') as {
      rooms: Record<string, { isMainRoom?: boolean; jid: string; participants: object }>;
    };
    const main = Object.values(rooms).find(({ isMainRoom }) => isMainRoom === true);
    expect(main).toMatchObject({ id: 'garden', jid: montagues });
    expect(Object.keys(main?.participants ?? {})).toEqual([`${montagues}/romeo`]);
  });
});

it('has no visitors, whose rooms have its name alone', async () => {
  stage.close();
  stage = await Dialogue.open(() =>
    conferencingLayout('verona.lit', { conference: { visitors: { nodes: ['v1'] } } }),
  );
  const focus = stage.stranger('focus@auth.verona.lit/focus');
  await enters(focus, montagues, 'focus');
  await enters(focus, 'garden@conference.v1.meet.jitsi', 'focus');
  focus.ignoresAll();
  await focus.sends(
    `<iq type='get' id='v' to='visitors.verona.lit'><visitors xmlns='jitsi:visitors' room='${montagues}'><connect-vnode vnode='v1'/></visitors></iq>`,
  );
  focus.receives("<iq type='error' id='v'><error type='cancel'><not-allowed/></error></iq>");
});

describe('nobody gets to a room of a tenant', () => {
  it.each([
    '[montague]garden@conference.verona.lit',
    '[garden@conference.verona.lit',
    `${'x'.repeat(1020)}@${domainOf('montague')}`,
  ])('by another address: %s', async (address) => {
    await enters(romeo, montagues, 'romeo');
    await enters(juliet, address, 'juliet');
    expect(juliet.inbox.pop()?.getChild('error')?.getChild('jid-malformed')).toBeDefined();
    await juliet.sends(`<message type='groupchat' to='${address}'><body>here?</body></message>`);
    expect(juliet.inbox.pop()?.getChild('error')?.getChild('item-not-found')).toBeDefined();
  });

  it.each(['a.b', 'montague.verona.lit.evil'])('by a domain that is none of a tenant: %s', async (label) => {
    await enters(juliet, `garden@${domainOf(label)}`, 'juliet');
    expect(juliet.inbox.pop()?.getChild('error')?.getChild('remote-server-not-found')).toBeDefined();
  });

  it.each(['lobby', 'breakout', 'focus', 'metadata', 'auth', 'internal'])(
    'at a host that has no tenants: %s',
    async (host) => {
      await juliet.sends(
        `<iq type='get' id='p' to='${host}.montague.verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>`,
      );
      expect(juliet.inbox.pop()?.getChild('error')?.getChild('remote-server-not-found')).toBeDefined();
    },
  );

  it('by stanzas without a room, or errors', async () => {
    await juliet.sends(`<presence to='${domainOf('montague')}/juliet'>${inRoom}</presence>`);
    juliet.receives("<presence type='error'/>");
    await juliet.sends(`<presence to='${montagues}'>${inRoom}</presence>`);
    juliet.receives("<presence type='error'/>");
    juliet.receivesNothing();
    for (const kind of ['message', 'presence', 'iq']) {
      await juliet.sends(`<${kind} type='error' id='e' to='${montagues}/romeo'/>`);
      await juliet.sends(`<${kind} type='error' id='e' to='${domainOf('montague')}'/>`);
    }
    juliet.receivesNothing();
  });

  it('where there are no tenants', async () => {
    stage.close();
    stage = await Dialogue.open(() => conferencingLayout('verona.lit', { conference: { tenants: false } }));
    juliet = await stage.client('juliet', 'balcony');
    await enters(juliet, montagues, 'juliet');
    expect(juliet.inbox.pop()?.getChild('error')?.getChild('remote-server-not-found')).toBeDefined();
  });
});

describe('a command of somebody in two rooms', () => {
  const other = 'garden@rooms.capulet.verona.lit';
  const both = (prefix: string | undefined, tenants = true) => {
    const scene = stageForMeetings({ tenants });
    scene.stage.load(endConference, at('endconference'));
    const actor = scene.stage.actor('both@verona.lit/x', { conference: { room: 'Garden', prefix } });
    for (const room of ['garden@rooms.verona.lit', other]) {
      scene.focus.joins(room, 'focus');
      actor.joins(room, 'both');
      scene.focus.sends(
        `<iq type='set' id='o' to='${room}'><query xmlns='${NS.mucAdmin}'><item affiliation='owner' jid='both@verona.lit'/></query></iq>`,
      );
    }
    scene.stage.everybodyIgnoresAll();
    return { ...scene, actor };
  };

  it.each([
    [undefined, 'garden@rooms.verona.lit'],
    ['capulet', other],
    ['Capulet', other],
  ])('with the tenant %s is for the one it has connected for', (prefix, room) => {
    const { actor, service } = both(prefix);
    actor.sends("<message to='endconference.verona.lit'><end_conference/></message>");
    expect([...service.rooms.keys()]).toEqual(
      ['garden@rooms.verona.lit', other].filter((each) => each !== room),
    );
  });

  it('is for none where it has connected for a third', () => {
    const { actor, service } = both('montague');
    actor.sends("<message to='endconference.verona.lit'><end_conference/></message>");
    expect(service.rooms.size).toBe(2);
  });
});
