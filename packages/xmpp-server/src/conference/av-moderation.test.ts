/** Who may send audio and video while a moderator decides about it. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { avModeration } from './index.js';
import { appoints, at, hears, hearsNothing, meeting, room } from './testing/meeting.js';

const component = 'avmoderation.verona.lit';
const scene = () => meeting(({ stage }) => stage.load(avModeration, at('avmoderation')));

function commands(actor: Actor, attributes: string): void {
  actor.sends(`<message to='${component}'><av_moderation ${attributes}/></message>`);
}

const list = (...nicks: string[]) => nicks.map((nick) => `${room}/${nick}`);

it('tells all when it is turned on, and moderators who is free to speak: they are', () => {
  const { romeo, juliet, focus } = scene();
  commands(romeo, "enable='true' mediaType='audio'");
  const enabled = { type: 'av_moderation', enabled: true, room, actor: `${room}/romeo`, mediaType: 'audio' };
  for (const actor of [romeo, juliet, focus]) expect(hears(actor, component)).toEqual(enabled);
  expect(hears(romeo, component)).toMatchObject({ mediaType: 'audio', whitelists: { audio: list('romeo') } });
  hearsNothing(juliet, component);
});

it('starts newcomers muted meanwhile, and afterwards as before', () => {
  const { romeo, service, metadata } = scene();
  const there = service.rooms.get(room);
  if (there === undefined) throw new Error('no room');
  metadata.set(there, 'startMuted', { video: true });
  commands(romeo, "enable='true' mediaType='audio'");
  commands(romeo, "enable='true' mediaType='audio'");
  expect(metadata.get(there, 'startMuted')).toEqual({ video: true, audio: true });
  commands(romeo, "enable='false' mediaType='audio'");
  expect(metadata.get(there, 'startMuted')).toEqual({ video: true });
});

it('says once that it is on, and once that it is off', () => {
  const { romeo, juliet } = scene();
  commands(romeo, "enable='false' mediaType='video'");
  juliet.receivesNothing();
  commands(romeo, "enable='true' mediaType='video'");
  juliet.ignoresAll();
  commands(romeo, "enable='true' mediaType='video'");
  juliet.receivesNothing();
  commands(romeo, "enable='false' mediaType='video'");
  expect(hears(juliet, component)).toMatchObject({ enabled: false, mediaType: 'video' });
});

it('approves, and takes it back', () => {
  const { romeo, juliet } = scene();
  commands(romeo, "enable='true' mediaType='audio'");
  romeo.ignoresAll();
  juliet.ignoresAll();
  commands(romeo, `jidToWhitelist='${room}/juliet' mediaType='audio'`);
  expect(hears(romeo, component)).toMatchObject({ whitelists: { audio: list('romeo', 'juliet') } });
  expect(hears(juliet, component)).toMatchObject({ approved: true, mediaType: 'audio' });
  commands(romeo, `jidToBlacklist='${room}/juliet' mediaType='audio'`);
  expect(hears(romeo, component)).toMatchObject({ whitelists: { audio: list('romeo') }, removed: true });
  expect(hears(juliet, component)).toMatchObject({ removed: true, mediaType: 'audio' });
});

it('asks to unmute where nothing is moderated', () => {
  const { romeo, juliet } = scene();
  commands(romeo, `jidToWhitelist='${room}/juliet' mediaType='audio'`);
  expect(hears(juliet, component)).toMatchObject({ approved: true, from: `${room}/romeo` });
  hearsNothing(romeo, component);
});

it('tells those who come later, and does not take one for another who had that name', () => {
  const { romeo, juliet, tybalt } = scene();
  commands(romeo, "enable='true' mediaType='audio'");
  commands(romeo, `jidToWhitelist='${room}/juliet' mediaType='audio'`);
  juliet.leaves(room);
  romeo.ignoresAll();
  tybalt.sends(`<presence to='${room}/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  expect(hears(tybalt, component)).toMatchObject({ enabled: true, mediaType: 'audio' });
  hearsNothing(tybalt, component);
  commands(romeo, `jidToWhitelist='${room}/romeo' mediaType='audio'`);
  expect(hears(romeo, component)).toMatchObject({ whitelists: { audio: list('romeo') } });
});

it('frees who becomes a moderator, and shows it the lists', () => {
  const { romeo, juliet, focus } = scene();
  commands(romeo, "enable='true' mediaType='desktop'");
  juliet.ignoresAll();
  appoints(focus, 'juliet@guest.verona.lit');
  expect(hears(juliet, component)).toMatchObject({ whitelists: { desktop: list('romeo', 'juliet') } });
});

it.each([
  ['a participant', 'juliet', "enable='true' mediaType='audio'", 'auth', 'forbidden'],
  ['a stranger', 'tybalt', "enable='true' mediaType='audio'", 'auth', 'forbidden'],
  ['another medium', 'romeo', "enable='true' mediaType='smell'", 'modify', 'bad-request'],
  ['neither yes nor no', 'romeo', "enable='maybe' mediaType='audio'", 'modify', 'bad-request'],
  ['nothing', 'romeo', "mediaType='audio'", 'modify', 'bad-request'],
  [
    'who is not there',
    'romeo',
    `jidToWhitelist='${room}/paris' mediaType='audio'`,
    'cancel',
    'item-not-found',
  ],
  [
    'another room',
    'romeo',
    `jidToWhitelist='vault@rooms.verona.lit/romeo' mediaType='audio'`,
    'cancel',
    'item-not-found',
  ],
] as const)('refuses %s', (_, who, attributes, type, condition) => {
  const people = scene();
  commands(people[who], attributes);
  people[who].receives(refusal('message', type, condition));
  hearsNothing(people.juliet, component);
});
