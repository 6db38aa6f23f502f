/** Conferences that last so long and no longer. */
import { beforeEach, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import { timeLimit } from './index.js';
import { enters, hears, hearsNothing, meeting, ownPresence, room } from './testing/meeting.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

const scene = (options: object = {}) =>
  meeting(({ stage }) => stage.load(timeLimit, { most: 5, ...options }));

it('tell who enters what is left', () => {
  const { tybalt, focus } = scene();
  vi.advanceTimersByTime(12_000);
  enters(tybalt, 'tybalt');
  expect(hears(tybalt, room)).toEqual({ type: 'time_restricted', durationSeconds: 300, elapsedSeconds: 12 });
  hearsNothing(focus, room);
});

it('end when the time is over, with some grace, and are not opened again at once', () => {
  const { service, juliet, focus } = scene({ grace: 10 });
  vi.advanceTimersByTime(309_999);
  expect(service.rooms.size).toBe(1);
  vi.advanceTimersByTime(1);
  juliet.receives(
    `<presence type='unavailable'><x><destroy><reason>The time of this conference is over.</reason></destroy></x></presence>`,
  );
  focus.ignoresAll();
  enters(focus, 'focus');
  focus.receives(refusal('presence', 'cancel', 'resource-constraint'));
  vi.advanceTimersByTime(60_000);
  enters(focus, 'focus');
  expect(ownPresence(focus, 'focus')).toBeDefined();
});

it('begin anew when all have left before', () => {
  const { service, focus, romeo, juliet } = scene();
  vi.advanceTimersByTime(299_000);
  for (const actor of [focus, romeo, juliet]) actor.leaves(room);
  enters(focus, 'focus');
  vi.advanceTimersByTime(299_000);
  expect(service.rooms.size).toBe(1);
});
