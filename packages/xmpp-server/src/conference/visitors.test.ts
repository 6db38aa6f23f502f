/** Visitors look at a meeting from a node beside its server (acceptance 82 to 84). */
import { attribute } from '@conclave/signaling';
import { expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { appoints, configures, enters, hears, hearsNothing, room, tokenFor } from './testing/meeting.js';
import { looksIn, node, orders, settled, there, visit } from './testing/visit.js';

const nick = (name: string) => `<nick xmlns='http://jabber.org/protocol/nick'>${name}</nick>`;

async function visited(options: object = {}) {
  const scene = visit(options);
  await scene.connects();
  looksIn(scene.paris, 'paris', nick('Count Paris'));
  looksIn(scene.rosaline, 'rosaline');
  scene.stage.everybodyIgnoresAll();
  return scene;
}

const says = (actor: Actor, to: string, inside: string, type = 'groupchat') =>
  actor.sends(`<message type='${type}' id='m1' to='${to}'>${inside}</message>`);

const command = (actor: Actor, json: object) =>
  says(actor, room, `<json-message xmlns='http://jitsi.org/jitmeet'>${JSON.stringify(json)}</json-message>`);

const raises = (actor: Actor, as: string, on = true) =>
  actor.sends(
    `<presence to='${there}/${as}'>${nick('Count Paris')}${on ? '<jitsi_participant_raisedHand>1700000000000</jitsi_participant_raisedHand>' : ''}</presence>`,
  );

/** The nicknames of whom an actor has seen come. */
const seen = (actor: Actor, type?: string) =>
  actor.inbox
    .filter((stanza) => stanza.is('presence') && attribute(stanza, 'type') === type)
    .map((stanza) => attribute(stanza, 'from')?.split('/')[1]);

it('lets nobody in before the people of the meeting are there', async () => {
  const { focus, paris, connects } = visit();
  looksIn(focus, 'focus');
  looksIn(paris, 'paris');
  expect(seen(paris)).toEqual([]);
  focus.ignoresAll();
  orders(focus, 'connect-vnode');
  await settled();
  expect(seen(paris)).toEqual(['focus', 'romeo', 'juliet', 'paris']);
  await connects();
});

it('shows visitors the meeting, and shows them to the focus alone', async () => {
  const { focus, romeo, juliet, paris, rosaline, connects } = visit();
  await connects();
  looksIn(paris, 'paris');
  const moderator = paris.inbox.find((stanza) => attribute(stanza, 'from') === `${there}/romeo`);
  expect(moderator?.getChild('x')?.getChild('item')?.attrs).toMatchObject({
    role: 'moderator',
    jid: `${room}/romeo`,
  });
  paris.ignoresAll();
  focus.ignoresAll();
  looksIn(rosaline, 'rosaline');
  expect(seen(rosaline)).toEqual(['focus', 'romeo', 'juliet', 'rosaline']);
  paris.receivesNothing();
  focus.receives(
    `<presence from='${there}/rosaline'><x><item role='visitor' jid='${rosaline.jid.toString()}'/></x></presence>`,
  );
  romeo.receivesNothing();
  juliet.receivesNothing();
});

it('follows who comes, changes and goes', async () => {
  const { juliet, tybalt, paris } = await visited();
  juliet.sends(`<presence to='${room}/juliet'>${nick('Juliet')}</presence>`);
  paris.receives(`<presence from='${there}/juliet'>${nick('Juliet')}</presence>`);
  juliet.leaves(room);
  paris.receives(`<presence type='unavailable' from='${there}/juliet'/>`);
  enters(tybalt, 'tybalt');
  tybalt.receives(refusal('presence', 'cancel', 'not-allowed'));
});

it('carries chat and the subject across, and what was said before', async () => {
  const { romeo, juliet, paris, rosaline, connects } = visit();
  says(romeo, room, '<body>Before</body>');
  says(romeo, room, '<subject>Balcony</subject>');
  await connects();
  looksIn(paris, 'paris', nick('Count Paris'));
  const texts = paris.inbox.map((stanza) => stanza.getChildText('body') ?? stanza.getChildText('subject'));
  expect(texts.filter((text) => text)).toEqual(['Before', 'Balcony']);
  looksIn(rosaline, 'rosaline');
  for (const actor of [romeo, juliet, paris, rosaline]) actor.ignoresAll();
  says(romeo, room, '<body>Hello</body>');
  paris.receives(`<message type='groupchat' from='${there}/romeo'><body>Hello</body></message>`);
  rosaline.receives(`<message type='groupchat' from='${there}/romeo'><body>Hello</body></message>`);
  juliet.ignoresAll();
  says(paris, there, `<body>Bravo</body>${nick('Romeo')}`);
  const shown =
    "<nick>Count Paris</nick><display-name xmlns='http://jitsi.org/protocol/display-name' source='visitor'>Count Paris</display-name>";
  juliet.receives(`<message type='groupchat' id='m1' from='${room}'><body>Bravo</body>${shown}</message>`);
  juliet.receivesNothing();
  rosaline.receives(`<message type='groupchat' from='${there}/paris'><body>Bravo</body>${shown}</message>`);
  rosaline.receivesNothing();
});

it('takes from visitors no more than text', async () => {
  const { juliet, paris } = await visited();
  says(paris, there, "<json-message xmlns='http://jitsi.org/jitmeet'>{}</json-message>");
  paris.receives(refusal('message', 'auth', 'forbidden'));
  says(paris, there, '<subject>Mine</subject>');
  paris.receives(refusal('message', 'auth', 'forbidden'));
  juliet.receivesNothing();
});

it('lets a visitor and somebody in the meeting write to each other, and visitors not', async () => {
  const { juliet, paris, rosaline } = await visited();
  says(paris, `${there}/rosaline`, '<body>Psst</body>', 'chat');
  paris.receives(refusal('message', 'auth', 'forbidden'));
  says(juliet, `${room}/paris`, '<body>Who?</body>', 'chat');
  juliet.receives(refusal('message', 'cancel', 'item-not-found'));
  says(paris, `${there}/juliet`, '<body>Lady</body>', 'chat');
  juliet.receives(
    `<message type='chat' from='${room}/paris'><body>Lady</body><addresses><address type='ofrom' jid='${room}/paris'/></addresses></message>`,
  );
  says(juliet, `${room}/paris`, '<body>Sir</body>', 'chat');
  paris.receives(`<message type='chat' from='${there}/juliet'><body>Sir</body></message>`);
  rosaline.receivesNothing();
});

it('asks moderators for those who raise a hand, and lets them in with leave', async () => {
  const { stage, romeo, juliet, paris } = await visited();
  raises(paris, 'paris');
  await settled();
  const asked = {
    type: 'visitors',
    action: 'promotion-request',
    from: `${there}/paris`,
    nick: 'Count Paris',
  };
  expect(hears(romeo, 'visitors.verona.lit')).toMatchObject({ ...asked, on: true });
  hearsNothing(juliet);
  const answer = { type: 'visitors', action: 'promotion-response', approved: true, id: `${there}/paris` };
  command(juliet, answer);
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  paris.ignoresAll();
  command(romeo, answer);
  await settled();
  const told = paris.receives(
    `<iq type='set' from='${there}'><visitors focusjid='focus@auth.verona.lit'><promotion-response allow='true'/></visitors></iq>`,
  );
  const leave = told.getChild('visitors')?.getChild('promotion-response')?.attrs['username'] as string;
  const conference = { room: 'garden', prefix: '', leave };
  const promoted = stage.actor('count@guest.verona.lit/street', { anonymous: true, conference });
  enters(promoted, 'count');
  expect(seen(promoted)).toContain('count');
  expect(seen(paris)).toEqual(['count']);
  romeo.ignoresAll();
  command(romeo, { type: 'visitors', action: 'demote-request', id: 'count', actor: 'juliet' });
  romeo.receives(refusal('message', 'modify', 'bad-request'));
  promoted.ignoresAll();
  command(romeo, { type: 'visitors', action: 'demote-request', id: 'count', actor: 'romeo' });
  expect(hears(promoted)).toMatchObject({ action: 'demote-request', id: 'count' });
  promoted.leaves(room);
  promoted.ignoresAll();
  enters(promoted, 'count');
  promoted.receives(refusal('presence', 'cancel', 'not-allowed'));
});

it('gives leave to one at a time, until that one is kicked', async () => {
  const { stage, romeo, paris } = await visited();
  raises(paris, 'paris');
  paris.ignoresAll();
  await settled();
  command(romeo, { type: 'visitors', action: 'promotion-response', approved: true, ids: [`${there}/paris`] });
  await settled();
  const told = paris.inbox.at(-1)?.getChild('visitors')?.getChild('promotion-response');
  const conference = { room: 'garden', prefix: '', leave: String(told?.attrs['username']) };
  const [count, friend] = ['count', 'friend'].map((name) =>
    stage.actor(`${name}@guest.verona.lit/x`, { anonymous: true, conference }),
  ) as [Actor, Actor];
  enters(count, 'count');
  enters(friend, 'friend');
  expect(seen(count)).toContain('count');
  friend.receives(refusal('presence', 'cancel', 'not-allowed'));
  romeo.sends(
    `<iq type='set' id='k' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='count' role='none'/></query></iq>`,
  );
  count.ignoresAll();
  enters(count, 'count');
  count.receives(refusal('presence', 'cancel', 'not-allowed'));
});

it('tells moderators who come later whose hands are up, and when one is lowered', async () => {
  const { focus, juliet, paris } = await visited();
  raises(paris, 'paris');
  await settled();
  juliet.ignoresAll();
  appoints(focus, 'juliet@guest.verona.lit');
  expect(hears(juliet, 'visitors.verona.lit')).toMatchObject({ on: true });
  raises(paris, 'paris', false);
  await settled();
  expect(hears(juliet, 'visitors.verona.lit')).toMatchObject({ on: false, from: `${there}/paris` });
  raises(paris, 'paris');
  await settled();
  juliet.ignoresAll();
  paris.leaves(there);
  await settled();
  expect(hears(juliet, 'visitors.verona.lit')).toMatchObject({ on: false });
});

it('asks nobody where the operator lets all of them in', async () => {
  const { romeo, paris, tybalt } = await visited({ autoPromote: true });
  raises(paris, 'paris');
  await settled();
  hearsNothing(romeo, 'visitors.verona.lit');
  expect(paris.inbox.at(-1)?.getChild('visitors')?.getChild('promotion-response')?.attrs['allow']).toBe(
    'true',
  );
  enters(tybalt, 'tybalt');
  expect(seen(tybalt)).toContain('tybalt');
});

it('needs no leave of owners, and hides recorders from visitors', async () => {
  const { stage, romeo, paris } = await visited();
  romeo.leaves(room);
  paris.ignoresAll();
  enters(romeo, 'romeo');
  expect(seen(paris)).toEqual(['romeo']);
  paris.ignoresAll();
  const recorder = stage.actor('recorder@recorder.verona.lit/x');
  enters(recorder, 'recorder');
  expect(seen(recorder)).toContain('recorder');
  paris.receivesNothing();
});

it('needs no leave of those whom the room lists', async () => {
  const { stage, service, metadata } = await visited();
  const garden = service.rooms.get(room);
  if (garden) metadata.set(garden, 'participants', ['u7']);
  for (const [id, as] of [
    ['u7', 'invited'],
    ['u8', 'stranger'],
  ] as const) {
    const identity = tokenFor({ user: { id } });
    const actor = stage.actor(`${as}@verona.lit/x`, { identity });
    enters(actor, as);
    expect(seen(actor).includes(as)).toBe(as === 'invited');
  }
});

it('gives the node the password and the lobby of the meeting', async () => {
  const { focus, romeo, paris, stage } = await visited();
  paris.leaves(there);
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosebud', 'muc#roomconfig_passwordprotectedroom': '1' });
  stage.everybodyIgnoresAll();
  looksIn(paris, 'paris');
  paris.receives(refusal('presence', 'auth', 'not-authorized'));
  configures(romeo, { 'muc#roomconfig_membersonly': '1' });
  stage.everybodyIgnoresAll();
  looksIn(paris, 'paris');
  paris.receives(
    "<presence type='error'><error type='cancel'><not-allowed/><no-visitors-lobby xmlns='jitsi:visitors'/></error></presence>",
  );
  focus.receivesNothing();
});

it('shows visitors the metadata of the meeting, but not who was promoted', async () => {
  const { service, metadata, paris } = await visited();
  const garden = service.rooms.get(room);
  if (garden) metadata.set(garden, 'permissions', { groupChatRestricted: true });
  if (garden) metadata.set(garden, 'visitors', { promoted: { a: true } });
  await settled();
  expect(hears(paris, `metadata.${node.host}`)['metadata']).toEqual({
    permissions: { groupChatRestricted: true },
  });
  hearsNothing(paris, `metadata.${node.host}`);
});

it('lets moderators have visitors wait and the meeting go live, and leaves the rest to the server', async () => {
  const { service, metadata, romeo, juliet } = await visited();
  const garden = service.rooms.get(room);
  const sets = (actor: Actor, data: unknown) =>
    says(
      actor,
      'metadata.verona.lit',
      `<room_metadata xmlns='http://jitsi.org/jitmeet' room='${room}'>${JSON.stringify({ key: 'visitors', data })}</room_metadata>`,
      'chat',
    );
  if (garden) metadata.set(garden, 'visitors', { promoted: { a: true } });
  romeo.ignoresAll();
  juliet.ignoresAll();
  sets(juliet, { live: true });
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  sets(romeo, { live: false });
  expect(hears(romeo, 'metadata.verona.lit')['metadata']).toMatchObject({ visitors: { live: false } });
  sets(romeo, { live: true, promoted: { b: true } });
  expect(hears(romeo, 'metadata.verona.lit')['metadata']).toMatchObject({
    visitors: { live: true, promoted: { a: true } },
  });
  expect(garden && metadata.get(garden, 'visitors')).toEqual({ live: true, promoted: { a: true } });
  sets(romeo, { live: 'soon' });
  romeo.receives(refusal('message', 'modify', 'bad-request'));
});

it('ends the visit with the meeting', async () => {
  const { romeo, juliet, paris } = await visited();
  romeo.leaves(room);
  juliet.leaves(room);
  expect(paris.inbox.at(-1)?.getChild('x')?.getChild('destroy')?.getChildText('reason')).toBe(
    'Conference ended.',
  );
});

it('ends the visit when nobody looks any more, and opens the meeting again when the focus says so', async () => {
  vi.useFakeTimers();
  const { focus, tybalt, paris, rosaline } = await visited();
  paris.leaves(there);
  rosaline.leaves(there);
  focus.ignoresAll();
  await vi.advanceTimersByTimeAsync(15_000);
  vi.useRealTimers();
  expect(focus.inbox.at(-1)?.getChild('x')?.getChild('destroy')?.getChildText('reason')).toBe('No visitors.');
  orders(focus, 'disconnect-vnode');
  await settled();
  enters(tybalt, 'tybalt');
  expect(seen(tybalt)).toContain('tybalt');
});

it('puts the meeting before a visitor who has taken the name of somebody in it', async () => {
  const { focus, paris, tybalt } = await visited({ autoPromote: true });
  enters(tybalt, 'paris');
  expect(paris.inbox.at(-1)?.attrs).toMatchObject({ type: 'unavailable', from: `${there}/paris` });
  expect(focus.inbox.some((each) => attribute(each, 'type') === 'unavailable')).toBe(true);
});

it('believes nobody else', async () => {
  const { stage, focus, romeo, tybalt, paris, rosaline } = await visited();
  orders(romeo, 'connect-vnode');
  await settled();
  romeo.receives(refusal('iq', 'auth', 'forbidden'));
  orders(focus, 'connect-vnode', 'v9');
  await settled();
  focus.receives(refusal('iq', 'cancel', 'item-not-found'));
  looksIn(tybalt, 'tybalt');
  tybalt.receives(refusal('presence', 'cancel', 'not-allowed'));
  const forged = `<visitors xmlns='jitsi:visitors' room='${there}'><disconnect/></visitors>`;
  paris.sends(`<iq type='set' id='f' to='${node.rooms}'>${forged}</iq>`);
  paris.receives(refusal('iq', 'auth', 'forbidden'));
  const plea = `<visitors xmlns='jitsi:visitors' room='${room}'><promotion-request jid='${there}/rosaline' time='1'/></visitors>`;
  paris.sends(`<iq type='set' id='f' to='visitors.verona.lit'>${plea}</iq>`);
  await settled();
  paris.receives(refusal('iq', 'auth', 'forbidden'));
  const leave = "<promotion-response allow='true' username='x'/>";
  paris.sends(
    `<iq type='set' id='f' to='${node.host}'><visitors xmlns='jitsi:visitors' room='${there}'>${leave}</visitors></iq>`,
  );
  paris.receives(refusal('iq', 'auth', 'forbidden'));
  const guesser = stage.actor('guess@guest.verona.lit/x', {
    conference: { room: 'garden', prefix: '', leave: 'guess' },
  });
  enters(guesser, 'guess');
  guesser.receives(refusal('presence', 'cancel', 'not-allowed'));
  rosaline.receivesNothing();
});
