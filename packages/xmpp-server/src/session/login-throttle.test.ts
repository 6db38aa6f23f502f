import { describe, expect, it } from 'vitest';
import { LoginThrottle } from './login-throttle.js';

describe('failed logins', () => {
  it('cost more and more, up to a limit, and are forgotten in time', () => {
    let now = 0;
    const throttle = new LoginThrottle(() => now);
    const delays = Array.from({ length: 10 }, () => {
      throttle.failed('a');
      return throttle.delay('a');
    });
    expect(delays).toEqual([0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(throttle.delay('b')).toBe(0);
    now = 180_000;
    expect(throttle.delay('a')).toBe(0);
  });

  it('are refused when there are far too many', () => {
    let now = 0;
    const throttle = new LoginThrottle(() => now);
    for (let i = 0; i < 100; i++) throttle.failed('a');
    expect(throttle.refuses('a')).toBe(true);
    expect(throttle.refuses('b')).toBe(false);
    now = 60_000;
    expect(throttle.refuses('a')).toBe(false);
  });

  it('are remembered of a bounded number of peers', () => {
    const throttle = new LoginThrottle(() => 0);
    for (let i = 0; i < 100; i++) throttle.failed('first');
    for (let i = 0; i < 10_000; i++) throttle.failed(`other ${i}`);
    expect(throttle.refuses('first')).toBe(false);
  });
});
