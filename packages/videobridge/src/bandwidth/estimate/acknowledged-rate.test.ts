import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AcknowledgedRate } from './acknowledged-rate.js';

/** Packets of 1000 octets, one each `interval` ms. */
function steady(rate: AcknowledgedRate, packets: number, interval: number, from = 0): void {
  for (let index = 0; index < packets; index++) rate.packet(from + index * interval, 1000);
}

describe('the rate of acknowledged packets', () => {
  it('is unknown before ten have arrived', () => {
    const rate = new AcknowledgedRate();
    steady(rate, 9, 10);
    expect(rate.value).toBeUndefined();
    rate.packet(90, 1000);
    // Of what came in the first moments no more is concluded than that it came in a quarter of a second.
    expect(rate.value).toBe((9 * 8000 * 1000) / 250);
  });

  it.each([0.25, 1, 10])('is that of the last half second: a packet each %d ms', (interval) => {
    const rate = new AcknowledgedRate();
    steady(rate, 2000, 20);
    steady(rate, 4000, interval, 2000 * 20);
    expect(rate.value).toBeCloseTo((8 * 1000 * 1000) / interval, -5);
  });

  it('begins anew after a pause, and when the clock of the receiver wraps', () => {
    for (const from of [100_000, -100_000]) {
      const rate = new AcknowledgedRate();
      steady(rate, 100, 10);
      steady(rate, 5, 10, from);
      expect(rate.value).toBeUndefined();
    }
  });

  it('is that of what has arrived since, whatever arrives in whatever order', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: -600, max: 600 }), fc.nat(1500)), {
      maxLength: 2000,
    });
    fc.assert(
      fc.property(arrivals, (steps) => {
        const rate = new AcknowledgedRate();
        let kept: { arrival: number; size: number }[] = [];
        let arrival = 0;
        for (const [step, size] of steps) {
          arrival += step;
          const newest = kept.at(-1)?.arrival ?? arrival;
          if (arrival < newest - 500 || arrival > newest + 2000) kept = [];
          kept.push({ arrival, size });
          while ((kept[0]?.arrival ?? arrival) < arrival - 500) kept.shift();
          rate.packet(arrival, size);
        }
        const octets = kept.slice(1).reduce((sum, { size }) => sum + size, 0);
        const span = Math.max(arrival - (kept[0]?.arrival ?? arrival), 250);
        expect(rate.value).toEqual(kept.length < 10 ? undefined : (octets * 8000) / span);
      }),
      { numRuns: 200 },
    );
  });

  it('remembers no more than 4096 packets of a receiver who says that all have arrived at once', () => {
    const rate = new AcknowledgedRate();
    for (let index = 0; index < 100_000; index++) rate.packet(0, 1000);
    expect(rate.value).toBe((4095 * 8000 * 1000) / 250);
  });
});
