/** Who starts muted, as older clients say it. */
import { expect, it } from 'vitest';
import type { Actor } from '../muc/testing/stage.js';
import { startMuted } from './index.js';
import { enters, meeting, room } from './testing/meeting.js';

function scene() {
  const people = meeting(({ stage }) => stage.load(startMuted));
  const there = people.service.rooms.get(room) ?? expect.fail();
  return { ...people, value: () => people.metadata.get(there, 'startMuted'), there };
}
const says = (actor: Actor, nick: string, audio: unknown, more = '') =>
  actor.sends(
    `<presence to='${room}/${nick}'><startmuted xmlns='http://jitsi.org/jitmeet/start-muted' audio='${String(audio)}' video='false'/>${more}</presence>`,
  );

it('is what a moderator says', () => {
  const { romeo, value } = scene();
  says(romeo, 'romeo', true);
  expect(value()).toEqual({ audio: true, video: false });
  says(romeo, 'romeo', '<');
  expect(value()).toEqual({ audio: false, video: false });
});

it('is not what others say, on entering or later', () => {
  const { juliet, tybalt, value } = scene();
  says(juliet, 'juliet', true);
  enters(tybalt, 'tybalt', `<startmuted xmlns='http://jitsi.org/jitmeet/start-muted' audio='true'/>`);
  expect(value()).toBeUndefined();
});

it('is not said again by a presence that says something else', () => {
  const { romeo, metadata, there, value } = scene();
  says(romeo, 'romeo', true);
  metadata.set(there, 'startMuted', { audio: false });
  says(romeo, 'romeo', true, '<jitsi_participant_raisedHand>1</jitsi_participant_raisedHand>');
  expect(value()).toEqual({ audio: false });
});
