import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Pacer } from './pacer.js';

/** Sends packets of 1,000 octets at once, then looks every 5 ms; answers when each left. */
function burst(pacer: Pacer, count = 20): number[] {
  const left: number[] = [];
  for (let index = 0; index < count; index++) {
    if (pacer.admit(1000, 0)) left.push(0);
    else pacer.wait({ size: 1000, send: (now) => left.push(now) });
  }
  for (let now = 5; pacer.waiting > 0; now += 5) pacer.release(now);
  return left;
}

const paced = (rate: number): Pacer => Object.assign(new Pacer(), { rate });

describe('the pacer', () => {
  it('holds nothing back while the bandwidth is not known', () => {
    expect(burst(new Pacer())).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it('spreads a burst over the time that it takes', () => {
    const left = burst(paced(2_000_000), 40);
    expect(left.filter((time) => time === 0)).toHaveLength(4);
    // 36,000 octets at 2 Mbit/s.
    expect(left.at(-1)).toBeGreaterThan(130);
    expect(left.at(-1)).toBeLessThan(150);
    expect(left).toEqual([...left].sort((a, b) => a - b));
  });

  it('does not hold back what is within the rate', () => {
    const pacer = paced(2_500_000);
    for (let now = 0; now < 1000; now += 4) expect(pacer.admit(1000, now)).toBe(true);
  });

  it('sends what was lost before what is new', () => {
    const pacer = paced(1_000_000);
    const left: string[] = [];
    pacer.spend(5000, 0);
    for (const name of ['new', 'newer']) pacer.wait({ size: 1000, send: () => left.push(name) });
    pacer.wait({ size: 1000, send: () => left.push('again') }, true);
    for (let now = 5; pacer.waiting > 0; now += 5) pacer.release(now);
    expect(left).toEqual(['again', 'new', 'newer']);
  });

  it('lets the rest wait the longer for what does not wait', () => {
    const [alone, beside] = [paced(500_000), paced(500_000)];
    for (let now = 0; now < 100; now += 20) beside.spend(600, now);
    const last = (pacer: Pacer): number => burst(pacer, 20).at(-1) ?? 0;
    expect(last(beside)).toBeGreaterThan(last(alone) + 30);
  });

  it('lets nothing wait for much more than a second, however much it is', () => {
    for (const rate of [30_000, 500_000]) expect(burst(paced(rate), 100).at(-1)).toBeLessThan(1100);
  });

  it('has no room for more than is kept', () => {
    const pacer = paced(30_000);
    const took = Array.from({ length: 1000 }, () => pacer.wait({ size: 1000, send: () => undefined }));
    expect(took.filter(Boolean)).toHaveLength(400);
  });

  it('forgets what waits of somebody who does not need it any more', () => {
    const pacer = paced(1_000_000);
    const [mine, left]: [object, string[]] = [{}, []];
    pacer.spend(5000, 0);
    pacer.wait({ size: 1000, owner: mine, send: () => left.push('mine') });
    pacer.wait({ size: 500, send: () => left.push('other') });
    pacer.wait({ size: 1000, owner: mine, send: () => left.push('mine again') }, true);
    pacer.discard(mine);
    expect([pacer.waiting, pacer.delay]).toEqual([1, 4]);
    for (let now = 5; pacer.waiting > 0; now += 5) pacer.release(now);
    expect(left).toEqual(['other']);
  });

  it('loses nothing that it took and never exceeds the rate by more than a burst, whatever comes when', () => {
    const event = fc.record({
      after: fc.integer({ min: 0, max: 50 }),
      size: fc.integer({ min: 40, max: 1400 }),
      repeated: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const rate = 1_000_000;
        const pacer = paced(rate);
        let [now, octets, left, taken] = [0, 0, 0, 0];
        const leave = (size: number) => {
          left += 1;
          octets += size;
        };
        for (const { after, size, repeated } of events) {
          for (const until = now + after; now < until; now += 5) pacer.release(now);
          if (pacer.admit(size, now)) leave(size);
          else if (!pacer.wait({ size, send: () => leave(size) }, repeated)) continue;
          taken += 1;
          // Up to a second's worth may wait at this rate: no more of it comes here.
          expect(octets * 8).toBeLessThanOrEqual(
            (rate * (now + 5)) / 1000 + (rate * 15) / 1000 + 2 * 1400 * 8,
          );
        }
        for (let index = 0; pacer.waiting > 0 && index < 10_000; index++, now += 5) pacer.release(now);
        expect([left, pacer.delay]).toEqual([taken, 0]);
      }),
    );
  });
});
