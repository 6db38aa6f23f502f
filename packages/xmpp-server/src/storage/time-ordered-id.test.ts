/** Ids tell when they were made, and sort by it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstIdAt, lastIdAt, timeOf, timeOrderedId, TimeOrderedIds } from './time-ordered-id.js';

const times = fc.integer({ min: 1, max: 2 ** 48 - 1 });

describe('time-ordered ids', () => {
  it('are UUIDs of version 7 that tell when they were made', () => {
    const id = new TimeOrderedIds().next(Date.parse('2026-11-21T23:05:00.123Z'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Date(timeOf(id) ?? 0).toISOString()).toBe('2026-11-21T23:05:00.123Z');
  });

  it('ascend, whatever the clock does', () => {
    const ids = new TimeOrderedIds();
    const made = [5, 5, 4, 6, 1, 1].map((now) => ids.next(now));
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('ascend also when there are more than a millisecond can number', () => {
    const ids = new TimeOrderedIds();
    const made = Array.from({ length: 10_000 }, () => ids.next(7));
    expect(made.toSorted()).toEqual(made);
  });

  it('lie between the bounds of their millisecond, and outside those of others', () => {
    fc.assert(
      fc.property(times, (time) => {
        const id = new TimeOrderedIds().next(time);
        const isWithin = firstIdAt(time) <= id && id <= lastIdAt(time);
        return (
          timeOf(id) === time &&
          isWithin &&
          lastIdAt(time - 1) < id &&
          (time === 2 ** 48 - 1 || id < firstIdAt(time + 1))
        );
      }),
    );
  });

  it('are told from everything else', () => {
    for (const id of ['', 'x', '1', '018f3b0e-0000-4000-8000-000000000000', `${timeOrderedId()} `]) {
      expect(timeOf(id)).toBeUndefined();
    }
  });

  it('have bounds for any time', () => {
    for (const time of [-1, Number.MAX_VALUE, 0.5, Infinity, -Infinity])
      expect(timeOf(firstIdAt(time))).toBeDefined();
  });
});
