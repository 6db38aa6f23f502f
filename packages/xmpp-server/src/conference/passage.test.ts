/** The service's own, recorders and gateways, come in where people have to wait, in the usual layout; and nobody who only looks like them. */
import { NS } from '@conclave/signaling';
import { afterEach, expect, it } from 'vitest';
import { hostPlans } from '../host-plans.js';
import { conferencingLayout } from '../layout.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';
import type { ConferenceChoices } from './hosts.js';

const room = 'garden@conference.verona.lit';
let stage: Dialogue;
afterEach(() => stage.close());

/** The focus has opened the room, Romeo, who has an account, owns it. */
async function scene(conference: ConferenceChoices = {}) {
  stage = await Dialogue.open(() => conferencingLayout('verona.lit', { recorders: true, conference }));
  const focus = stage.stranger('focus@auth.verona.lit/focus');
  const romeo = await stage.client('romeo', 'orchard');
  const recorder = stage.stranger('recorder@recorder.verona.lit/r1');
  const caller = stage.stranger('jigasi@auth.verona.lit/c1');
  const transcriber = stage.stranger('jigasi@auth.verona.lit/t1');
  const guest = stage.stranger('recorder@guest.verona.lit/r1');
  await enters(focus, 'focus');
  await focus.sends(
    `<iq type='set' id='o' to='${room}'><query xmlns='${NS.mucAdmin}'><item affiliation='owner' jid='romeo@verona.lit'/></query></iq>`,
  );
  stage.everybodyIgnoresAll();
  return { focus, romeo, recorder, caller, transcriber, guest };
}

/** @returns nothing when it is in, else why it is not */
async function enters(actor: Actor, nick: string): Promise<string | undefined> {
  await actor.sends(
    `<presence to='${room}/${nick}'><x xmlns='${NS.muc}'/><nick xmlns='${NS.nick}'>${nick}</nick></presence>`,
  );
  const said = actor.inbox.findLast(({ attrs }) => attrs['from'] === `${room}/${nick}`);
  const [condition] = said?.getChild('error')?.children ?? [];
  return said === undefined ? 'nothing' : typeof condition === 'object' ? condition.name : undefined;
}

const configures = (actor: Actor, fields: Readonly<Record<string, string>>) => {
  const all = Object.entries({ FORM_TYPE: NS.mucRoomConfig, ...fields });
  const inside = all.map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`);
  return actor.sends(
    `<iq type='set' id='l' to='${room}'><query xmlns='${NS.mucOwner}'><x xmlns='jabber:x:data' type='submit'>${inside.join('')}</x></query></iq>`,
  );
};
const lobby = { 'muc#roomconfig_membersonly': '1' };
const password = { 'muc#roomconfig_roomsecret': 'x', 'muc#roomconfig_passwordprotectedroom': '1' };

const dials = (actor: Actor, to: string) =>
  actor.sends(
    `<iq type='set' id='d' to='${room}/focus'><dial xmlns='${NS.rayo}' to='${to}' from='f'><header name='JvbRoomName' value='${room}'/></dial></iq>`,
  );

it.each([
  ['a lobby', lobby, 'registration-required'],
  ['a password', password, 'not-authorized'],
  ['both', { ...lobby, ...password }, 'registration-required'],
])('recorders pass %s', async (_, fields, condition) => {
  const { romeo, recorder, guest } = await scene();
  await enters(romeo, 'romeo');
  await configures(romeo, fields);
  expect(await enters(guest, 'guest')).toBe(condition);
  expect(await enters(recorder, 'recorder')).toBeUndefined();
});

it('recorders and gateways pass where the room is full, and do not fill it', async () => {
  const { romeo, recorder, caller, guest } = await scene({ maxParticipants: 1 });
  expect(await enters(recorder, 'recorder')).toBeUndefined();
  expect(await enters(caller, 'caller')).toBeUndefined();
  expect(await enters(romeo, 'romeo')).toBeUndefined();
  expect(await enters(guest, 'guest')).toBe('service-unavailable');
});

it('recorders wait for no host, and are none', async () => {
  const { romeo, recorder, guest } = await scene({ waitForHost: true });
  expect(await enters(recorder, 'recorder')).toBeUndefined();
  expect(await enters(guest, 'guest')).toBe('registration-required');
  expect(await enters(romeo, 'romeo')).toBeUndefined();
  expect(await enters(guest, 'guest')).toBeUndefined();
});

it.each([
  ['a lobby', lobby, 'registration-required'],
  ['a password', password, 'not-authorized'],
])(
  'gateways pass %s, one for each call that is asked for; who calls in does not',
  async (_, fields, condition) => {
    const { romeo, guest, caller, transcriber } = await scene();
    await enters(romeo, 'romeo');
    await configures(romeo, fields);
    expect(await enters(caller, 'caller')).toBe(condition);
    await dials(romeo, '+1555');
    expect(await enters(guest, 'guest')).toBe(condition);
    expect(await enters(caller, 'caller')).toBeUndefined();
    expect(await enters(transcriber, 'scribe')).toBe(condition);
    await dials(romeo, 'jitsi_meet_transcribe');
    expect(await enters(transcriber, 'scribe')).toBeUndefined();
  },
);

it('whom a moderator lets in from the lobby is in, and no other call with it', async () => {
  const { romeo, caller, transcriber } = await scene();
  await enters(romeo, 'romeo');
  await enters(caller, 'early');
  await configures(romeo, lobby);
  // One was in before; it stays, and is no way in for others.
  await romeo.sends(`<message type='groupchat' to='${room}'><body>still here?</body></message>`);
  expect(caller.inbox.at(-1)?.getChildText('body')).toBe('still here?');
  expect(await enters(transcriber, 'scribe')).toBe('registration-required');
  await transcriber.sends(
    `<presence to='garden@lobby.verona.lit/scribe'><x xmlns='${NS.muc}'/><nick xmlns='${NS.nick}'>x</nick></presence>`,
  );
  await romeo.sends(
    `<message to='${room}'><x xmlns='${NS.mucUser}'><invite to='${transcriber.jid}'/></x></message>`,
  );
  expect(await enters(transcriber, 'scribe')).toBeUndefined();
  const third = stage.stranger('jigasi@auth.verona.lit/c3');
  expect(await enters(third, 'third')).toBe('registration-required');
});

it('a call that is refused brings nobody in', async () => {
  const { romeo, guest, caller } = await scene();
  await enters(romeo, 'romeo');
  await enters(guest, 'guest');
  await configures(romeo, lobby);
  // It may not call out, and asks somebody who does not.
  await dials(guest, '+1555');
  await romeo.sends(
    `<iq type='set' id='d' to='${room}/guest'><dial xmlns='${NS.rayo}' to='+1555'><header name='JvbRoomName' value='${room}'/></dial></iq>`,
  );
  expect(await enters(caller, 'caller')).toBe('registration-required');
});

it('recorders need no token where people do', async () => {
  const authentication = {
    provider: 'token' as const,
    token: { appId: 'app', appSecret: 'a secret of some length' },
  };
  const recorderAccount = { username: 'recorder', password: 'x' };
  stage = await Dialogue.open(() => [
    ...hostPlans({ domain: 'verona.lit', authentication, recorderAccount }),
  ]);
  const focus = stage.stranger('focus@auth.verona.lit/focus');
  await enters(focus, 'focus');
  expect(await enters(stage.stranger('recorder@recorder.verona.lit/r1'), 'recorder')).toBeUndefined();
  expect(await enters(stage.stranger('recorder@guest.verona.lit/r1'), 'guest')).toBe('not-allowed');
});
