import { describe, expect, it } from 'vitest';

import { BandwidthEstimator } from './bandwidth-estimator.js';
import { type LinkConditions, SimulatedLink } from './link.testing.js';

const link = (rate: number, others: Partial<LinkConditions> = {}): SimulatedLink =>
  new SimulatedLink({ rate, delay: 25, loss: 0, queue: 300, ...others });

/** The layers of a simulcast camera, in bits a second. */
const CAMERA = { layers: [50_000, 100_000, 150_000, 500_000, 1_200_000, 1_800_000, 2_500_000] };
/** Layers so close to each other that what is sent is what is estimated. */
const FINE = { layers: Array.from({ length: 60 }, (_, index) => 50_000 * (index + 1)) };

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
    'reaches 85 in a hundred of a link of %i bit/s within 15 s, and stays below it',
    (rate) => {
      const slow = link(rate);
      slow.run(15_000, FINE);
      const mean: number[] = [];
      for (let second = 0; second < 20; second++) {
        slow.run(1000, FINE);
        expect(slow.estimator.bitrate).toBeLessThan(1.15 * rate);
        mean.push(slow.estimator.bitrate / rate);
      }
      expect(mean.reduce((sum, share) => sum + share, 0) / mean.length).toBeGreaterThan(0.85);
    },
  );

  it('reaches 85% of 2 Mbit/s within 15 s from below', () => {
    const widened = link(400_000);
    widened.run(15_000, CAMERA);
    widened.conditions = { ...widened.conditions, rate: 2_000_000 };
    widened.run(15_000, CAMERA);
    expect(widened.estimator.bitrate).toBeGreaterThan(0.85 * 2_000_000);
  });

  it.each([
    [250_000, FINE],
    [250_000, CAMERA],
    [500_000, FINE],
    [500_000, CAMERA],
    [900_000, CAMERA],
    [1_500_000, CAMERA],
  ])('never costs the sound a packet behind %i bit/s, once it has settled', (rate, sending) => {
    const slow = link(rate);
    slow.run(10_000, sending);
    slow.audio = { sent: 0, lost: 0 };
    slow.longestWait = 0;
    slow.run(60_000, sending);
    expect(slow.audio).toEqual({ sent: 3000, lost: 0 });
    expect(slow.longestWait).toBeLessThan(250);
  });

  it('gives way so fast that the sound comes through again within 2 s when a link becomes narrow', () => {
    const narrowed = link(5_000_000);
    narrowed.run(10_000, CAMERA);
    narrowed.conditions = { ...narrowed.conditions, rate: 500_000 };
    narrowed.run(2000, CAMERA);
    narrowed.audio = { sent: 0, lost: 0 };
    narrowed.run(20_000, CAMERA);
    expect(narrowed.audio.lost).toBe(0);
  });

  it.each([
    [2000, 'short'],
    [10_000, 'long'],
    [60_000, 'very long'],
  ])('finds back within 10 s what a dip of %i ms has taken', (duration) => {
    const wavering = link(3_000_000);
    wavering.run(10_000, CAMERA);
    wavering.conditions = { ...wavering.conditions, rate: 400_000 };
    wavering.run(duration, CAMERA);
    expect(wavering.estimator.bitrate).toBeLessThan(500_000);
    wavering.conditions = { ...wavering.conditions, rate: 3_000_000 };
    wavering.run(10_000, CAMERA);
    expect(wavering.sentLayers.at(-1)).toBeGreaterThanOrEqual(1_800_000);
  });

  it.each([400_000, 650_000, 900_000, 1_250_000, 1_900_000])(
    'does not let the quality swing to and fro behind %i bit/s',
    (rate) => {
      const slow = link(rate);
      slow.run(15_000, CAMERA);
      slow.sentLayers.length = 0;
      slow.run(60_000, CAMERA);
      expect(changes(slow.sentLayers)).toBeLessThanOrEqual(2);
    },
  );

  it('takes losses of one in twenty, and jitter, for noise', () => {
    const lossy = link(5_000_000, { loss: 0.05, jitter: 10 });
    for (let second = 0; second < 60; second++) {
      lossy.run(1000, CAMERA);
      expect(lossy.estimator.bitrate).toBeGreaterThan(1_800_000);
    }
  });

  it('gives way to heavy losses, and comes back after them', () => {
    const broken = link(5_000_000);
    broken.run(5000, CAMERA);
    broken.conditions = { ...broken.conditions, loss: 0.3 };
    broken.run(10_000, CAMERA);
    expect(broken.estimator.bitrate).toBeLessThan(600_000);
    broken.conditions = { ...broken.conditions, loss: 0 };
    broken.run(10_000, CAMERA);
    expect(broken.sentLayers.at(-1)).toBeGreaterThanOrEqual(1_800_000);
  });

  it.each([500_000, 1_500_000])('settles below %i bit/s also where nothing queues but is lost', (rate) => {
    const policed = link(rate, { queue: 40 });
    policed.run(20_000, CAMERA);
    policed.audio = { sent: 0, lost: 0 };
    policed.run(30_000, CAMERA);
    expect(policed.audio.lost / policed.audio.sent).toBeLessThan(0.02);
    expect(policed.sentLayers.at(-1)).toBeGreaterThan(0);
  });

  it('is what the receiver says where it gives no other feedback', () => {
    const estimator = new BandwidthEstimator();
    estimator.remb(700_000);
    expect(estimator.bitrate).toBe(700_000);
    estimator.remb(1);
    expect(estimator.bitrate).toBe(30_000);
    estimator.remb(2 ** 80);
    expect(estimator.bitrate).toBe(20_000_000);
    expect(estimator.probe(5_000_000, false, 0)).toBe(0);
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
