import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { PaceClock } from './pace-clock.js';

describe('the beat of what waits', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const clock = (): PaceClock => new PaceClock(() => Date.now(), pino({ level: 'silent' }));

  it('comes every 5 ms while there is something to send, and then no more', () => {
    const beats: number[] = [];
    const began = Date.now();
    clock().add({ pace: (now) => beats.push(now - began) < 3 });
    vi.advanceTimersByTime(1000);
    expect(beats).toEqual([5, 10, 15]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins anew for who has something to send again', () => {
    const pace = vi.fn(() => false);
    const beat = clock();
    for (let round = 1; round <= 2; round++) {
      beat.add({ pace });
      vi.advanceTimersByTime(100);
      expect(pace).toHaveBeenCalledTimes(round);
    }
  });

  it('goes on for the others when one fails, who is asked no more', () => {
    const failing = vi.fn((): boolean => {
      throw new Error('broken');
    });
    const pace = vi.fn(() => true);
    const beat = clock();
    beat.add({ pace: failing });
    beat.add({ pace });
    vi.advanceTimersByTime(50);
    expect(failing).toHaveBeenCalledTimes(1);
    expect(pace).toHaveBeenCalledTimes(10);
    beat.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
