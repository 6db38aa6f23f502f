/** A crowd that enters all at once is let in little by little. */
import { beforeEach, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import { joinRate } from './index.js';
import { enters, meeting, ownPresence } from './testing/meeting.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function crowd(size: number, options: object = {}) {
  const people = meeting(({ stage }) => stage.load(joinRate, { joins: 2, ...options }));
  vi.advanceTimersByTime(2000);
  const newcomers = Array.from({ length: size }, (_, index) =>
    people.stage.actor(`p${String(index)}@verona.lit/x`),
  );
  const inside = () => newcomers.filter((actor, index) => ownPresence(actor, `p${String(index)}`)).length;
  const come = () => newcomers.forEach((actor, index) => enters(actor, `p${String(index)}`));
  return { ...people, newcomers, inside, come };
}

it('lets in as many a second as it may, in the order in which they came', () => {
  const { newcomers, inside, come } = crowd(5);
  come();
  expect(inside()).toBe(2);
  vi.advanceTimersByTime(1000);
  expect(inside()).toBe(4);
  expect(ownPresence(newcomers[4]!, 'p4')).toBeUndefined();
  vi.advanceTimersByTime(1000);
  expect(inside()).toBe(5);
});

it('is no obstacle to the focus', () => {
  const { come, focus } = crowd(5);
  focus.leaves('garden@rooms.verona.lit');
  come();
  enters(focus, 'focus');
  expect(ownPresence(focus, 'focus')).toBeDefined();
});

it('forgets who has gone meanwhile, and starts anew after a quiet second', () => {
  const { stage, newcomers, inside, come, tybalt } = crowd(4);
  come();
  stage.vanish(newcomers[2]!);
  vi.advanceTimersByTime(1000);
  expect(inside()).toBe(3);
  vi.advanceTimersByTime(2000);
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it('keeps no more waiting than it may', () => {
  const { newcomers, come } = crowd(4, { waiting: 1 });
  come();
  newcomers[3]?.receives(refusal('presence', 'wait', 'resource-constraint'));
});
