import { describe, expect, it } from 'vitest';

import { BandwidthEstimator } from './bandwidth-estimator.js';
import { type LinkConditions, SimulatedLink } from './link.testing.js';

const link = (rate: number, others: Partial<LinkConditions> = {}): SimulatedLink =>
  new SimulatedLink({ rate, delay: 25, loss: 0, queue: 400, ...others });

/** The layers of a simulcast camera, in bits a second. */
const CAMERA = { layers: [50_000, 100_000, 150_000, 500_000, 1_200_000, 1_800_000, 2_500_000] };

const changes = (layers: readonly number[]): number =>
  layers.filter((layer, index) => index > 0 && layer !== layers[index - 1]).length;

describe('the estimate of a receiver’s bandwidth', () => {
  it('begins with what most have, and stays there while nothing speaks against it', () => {
    const fast = link(20_000_000);
    expect(fast.estimator.bitrate).toBe(2_500_000);
    fast.run(20_000, CAMERA);
    expect(fast.estimator.bitrate).toBeGreaterThanOrEqual(2_500_000);
  });

  it.each([300_000, 500_000, 1_000_000, 2_000_000])(
    'reaches 85%% of a link of %i bit/s within 15 s, and stays below it',
    (rate) => {
      const slow = link(rate);
      slow.run(15_000, { layers: Array.from({ length: 60 }, (_, index) => 50_000 * (index + 1)) });
      for (let second = 0; second < 20; second++) {
        slow.run(1000, { layers: Array.from({ length: 60 }, (_, index) => 50_000 * (index + 1)) });
        expect(slow.estimator.bitrate).toBeLessThan(1.15 * rate);
      }
      const mean: number[] = [];
      for (let second = 0; second < 10; second++) {
        slow.run(1000, { layers: Array.from({ length: 60 }, (_, index) => 50_000 * (index + 1)) });
        mean.push(slow.estimator.bitrate / rate);
      }
      expect(mean.reduce((sum, share) => sum + share, 0) / mean.length).toBeGreaterThan(0.85);
    },
  );

  it('lets queues empty: nothing waits for long once it has settled', () => {
    const slow = link(500_000);
    slow.run(10_000, CAMERA);
    slow.longestWait = 0;
    slow.run(20_000, CAMERA);
    expect(slow.longestWait).toBeLessThan(250);
  });

  it('finds back within 10 s what a dip has taken', () => {
    const wavering = link(3_000_000);
    wavering.run(10_000, CAMERA);
    wavering.conditions = { ...wavering.conditions, rate: 400_000 };
    wavering.run(10_000, CAMERA);
    expect(wavering.estimator.bitrate).toBeLessThan(500_000);
    wavering.conditions = { ...wavering.conditions, rate: 3_000_000 };
    wavering.run(10_000, CAMERA);
    expect(wavering.estimator.bitrate).toBeGreaterThan(1_800_000);
  });

  it('does not let the quality swing to and fro', () => {
    const slow = link(900_000);
    slow.run(15_000, CAMERA);
    slow.sentLayers.length = 0;
    slow.run(60_000, CAMERA);
    expect(changes(slow.sentLayers)).toBeLessThanOrEqual(6);
  });

  it('takes losses of one in twenty, and jitter, for noise', () => {
    const lossy = link(5_000_000, { loss: 0.05, jitter: 10 });
    lossy.run(30_000, CAMERA);
    expect(lossy.estimator.bitrate).toBeGreaterThan(1_800_000);
  });

  it('gives way to heavy losses', () => {
    const broken = link(5_000_000, { loss: 0.3 });
    broken.run(10_000, CAMERA);
    expect(broken.estimator.bitrate).toBeLessThan(600_000);
  });

  it('is what the receiver says where it gives no other feedback', () => {
    const estimator = new BandwidthEstimator();
    estimator.remb(700_000);
    expect(estimator.bitrate).toBe(700_000);
    estimator.remb(1);
    expect(estimator.bitrate).toBe(30_000);
    estimator.feedback({ base: 0, feedbackCount: 0, arrivals: [] }, undefined, 0);
    expect(estimator.bitrate).toBe(2_500_000);
  });

  it('is not moved by reports on what was never sent', () => {
    const estimator = new BandwidthEstimator();
    for (let now = 0; now < 10_000; now += 50) {
      const arrivals = Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0 ? -1 : now * 40 + index * 1000,
      );
      estimator.feedback({ base: now, feedbackCount: 0, arrivals }, 100, now);
    }
    expect(estimator.bitrate).toBeGreaterThanOrEqual(2_500_000);
    expect(estimator.unmatched).toBe(10_000);
  });
});
