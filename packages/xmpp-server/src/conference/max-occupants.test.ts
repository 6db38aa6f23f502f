/** How many people a conference takes (acceptance 79). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import { maxOccupants } from './index.js';
import { appoints, enters, meeting, ownPresence, room } from './testing/meeting.js';

const scene = (options: object = {}) =>
  meeting(({ stage }) => stage.load(maxOccupants, { most: 2, ...options }));

it('refuses the one who is too many, a moderator too, until somebody leaves; the focus does not count', () => {
  const { tybalt, juliet, focus } = scene();
  appoints(focus, 'tybalt@guest.verona.lit');
  enters(tybalt, 'tybalt');
  tybalt.receives(refusal('presence', 'cancel', 'service-unavailable'));
  juliet.leaves(room);
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it('neither counts nor keeps out whom the operator names', () => {
  const { stage, tybalt, juliet } = scene({ exempt: ['hidden.verona.lit'] });
  const recorder = stage.actor('recorder@hidden.verona.lit/x');
  enters(recorder, 'recorder');
  expect(ownPresence(recorder, 'recorder')).toBeDefined();
  juliet.leaves(room);
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it('is set otherwise for one room', () => {
  const { stage, service, tybalt } = scene();
  const { set } = stage.load(maxOccupants, { most: 100 });
  const there = service.rooms.get(room);
  if (there) set(there, 1);
  enters(tybalt, 'tybalt');
  tybalt.receives(refusal('presence', 'cancel', 'service-unavailable'));
});
