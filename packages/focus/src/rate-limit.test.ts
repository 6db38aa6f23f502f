import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limit.js';

describe('a rate limit', () => {
  const limiter = () => new RateLimiter({ minIntervalMs: 5, maxRequests: 3, intervalMs: 60 });

  it('wants a pause between two requests', () => {
    const one = limiter();
    expect([0, 4, 5, 9].map((now) => one.accept(now))).toEqual([true, false, true, false]);
  });

  it('allows so many in an interval, which refused ones do not prolong', () => {
    const one = limiter();
    expect([0, 10, 20, 30, 59, 60].map((now) => one.accept(now))).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
  });
});
