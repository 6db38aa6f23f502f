import { describe, expect, it } from 'vitest';

import { Pacer } from './pacer.js';

/** Sends 20 packets of 1,000 octets at once, then looks every 5 ms; answers when each left. */
function burst(pacer: Pacer, count = 20): number[] {
  const left: number[] = [];
  for (let index = 0; index < count; index++) {
    if (pacer.admit(1000, 0)) left.push(0);
    else pacer.wait({ size: 1000, send: (now) => left.push(now) });
  }
  for (let now = 5; pacer.waiting > 0; now += 5) pacer.release(now);
  return left;
}

describe('the pacer', () => {
  it('holds nothing back while the bandwidth is not known', () => {
    expect(burst(new Pacer())).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it('spreads a burst over the time that it takes at two and a half times the bandwidth', () => {
    const pacer = new Pacer();
    pacer.bandwidth = 800_000;
    const left = burst(pacer, 40);
    expect(left.filter((time) => time === 0)).toHaveLength(4);
    // 36,000 octets at 2 Mbit/s.
    expect(left.at(-1)).toBeGreaterThan(130);
    expect(left.at(-1)).toBeLessThan(150);
    expect(left).toEqual([...left].sort((a, b) => a - b));
  });

  it('does not hold back what is within the rate', () => {
    const pacer = new Pacer();
    pacer.bandwidth = 2_000_000;
    for (let now = 0; now < 1000; now += 4) expect(pacer.admit(1000, now)).toBe(true);
  });

  it('lets the rest go when too much waits', () => {
    const pacer = new Pacer();
    pacer.bandwidth = 30_000;
    const left = burst(pacer, 400);
    expect(left.filter((time) => time === 0).length).toBeGreaterThan(90);
  });
});
