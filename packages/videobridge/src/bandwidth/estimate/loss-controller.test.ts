import { describe, expect, it } from 'vitest';

import { LossController } from './loss-controller.js';

const DELAY_BASED = 2_000_000;
const ACKNOWLEDGED = 1_000_000;
/** One observation: what is sent in so many ms is judged together. */
const OBSERVATION = 260;

/** What losses allow after each observation; each is the share of packets that were lost in it. */
function allowed(observations: readonly number[]): number[] {
  const losses = new LossController();
  return observations.map((lost, index) => {
    const begin = index * OBSERVATION;
    for (let packet = 0; packet <= 26; packet++) {
      losses.packet(1250, begin + packet * 10, ((packet * 7) % 26) / 26 < lost);
    }
    losses.update(DELAY_BASED, ACKNOWLEDGED, begin + OBSERVATION);
    return losses.bitrate;
  });
}

describe('the rate that losses allow', () => {
  it('is no limit while nothing is lost', () => {
    expect(allowed([0, 0, 0, 0])).toEqual(Array(4).fill(Infinity));
  });

  it('falls to what gets through, and rises no sooner than 300 ms later', () => {
    const [reduced, held, risen] = allowed([0, 0, 0, 0, 0.4, 0, 0]).slice(4);
    expect(reduced).toBe(ACKNOWLEDGED);
    expect(held).toBe(reduced);
    expect(risen).toBeGreaterThan(ACKNOWLEDGED);
  });

  it('rises no further than half above what gets through', () => {
    const last = allowed([0, 0, 0, 0, 0.4, ...Array<number>(20).fill(0)]).at(-1);
    expect(last).toBe(1.5 * ACKNOWLEDGED);
  });
});
