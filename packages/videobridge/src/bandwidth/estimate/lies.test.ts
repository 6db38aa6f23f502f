/** Feedback comes from the receiver, who may say anything: it harms nobody but itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LOST } from '../../rtp/transport-cc.js';
import { AcknowledgedRate } from './acknowledged-rate.js';
import { BandwidthEstimator } from './bandwidth-estimator.js';
import { DelayController } from './delay-controller.js';
import { ProbeCluster } from './probe-cluster.js';

describe('whatever a receiver reports', () => {
  const report = fc.record({
    base: fc.integer({ min: 0, max: 65_535 }),
    arrivals: fc.array(
      fc.oneof(
        fc.constant(LOST),
        fc.integer({ min: -40_000, max: 2 ** 32 }),
        fc.integer({ min: 0, max: 400 }),
      ),
      { minLength: 1, maxLength: 60 },
    ),
    rtt: fc.option(fc.oneof(fc.integer({ min: 0, max: 7000 }), fc.double({ min: 0, max: 1, noNaN: true })), {
      nil: undefined,
    }),
    remb: fc.option(fc.oneof(fc.constantFrom(0, 1, 2 ** 80), fc.integer({ min: 0, max: 2 ** 30 })), {
      nil: undefined,
    }),
  });

  it('the estimate stays between 30 kbit/s and 20 Mbit/s, and padding within what that allows', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 40 }), (reports) => {
        const estimator = new BandwidthEstimator();
        let now = 1000;
        let sequence = 0;
        for (const { base, arrivals, rtt, remb } of reports) {
          for (let each = 0; each < 30; each++)
            estimator.sent((sequence = (sequence + 1) & 0xffff), 1100, now);
          if (remb !== undefined) estimator.remb(remb);
          const near = base % 2 === 0 ? base : (sequence - arrivals.length) & 0xffff;
          estimator.feedback({ base: near, feedbackCount: 0, arrivals }, rtt, now);
          expect(estimator.bitrate).toBeGreaterThanOrEqual(30_000);
          expect(estimator.bitrate).toBeLessThanOrEqual(20_000_000);
          const octets = estimator.probe(5_000_000, false, now);
          expect(octets).toBeGreaterThanOrEqual(0);
          expect(octets).toBeLessThan(6_000_000);
          now += 50;
        }
      }),
    );
  });

  it('a packet is accounted for once', () => {
    const estimator = new BandwidthEstimator();
    for (let sequence = 1; sequence <= 20; sequence++) estimator.sent(sequence, 1000, sequence);
    const feedback = {
      base: 1,
      feedbackCount: 0,
      arrivals: Array.from({ length: 20 }, (_, index) => 4 * index),
    };
    estimator.feedback(feedback, 50, 100);
    expect(estimator.unmatched).toBe(0);
    estimator.feedback(feedback, 50, 150);
    expect(estimator.unmatched).toBe(20);
  });

  it('what gets through is counted anew when its clock turns over', () => {
    const rate = new AcknowledgedRate();
    for (let at = 0; at < 500; at += 10) rate.packet(100_000 + at, 5000);
    for (let at = 0; at < 500; at += 10) rate.packet(at, 500);
    expect(rate.value).toBeCloseTo(400_000, -5);
  });

  it('a probe that arrives twice as fast as it was sent has shown nothing', () => {
    const measure = (interval: number): number | undefined => {
      const cluster = new ProbeCluster(1, 1_000_000, 0);
      for (let now = 0; cluster.due(now, 5) > 0; now += 5) {
        cluster.packetSent(625, now);
        cluster.packetArrived(now, 1000 + (now / 5) * interval, 625);
      }
      return cluster.result;
    };
    expect(measure(5)).toBeCloseTo(1_000_000, -5);
    expect(measure(2)).toBeUndefined();
  });

  it('one queue lowers the rate once, and never raises it', () => {
    const controller = new DelayController(1_000_000);
    controller.update('overuse', 900_000, 50, 1000);
    controller.update('overuse', 800_000, 50, 1100);
    expect(controller.bitrate).toBe(0.85 * 900_000);
    controller.update('overuse', 5_000_000, 50, 1300);
    expect(controller.bitrate).toBe(0.85 * 900_000);
    controller.update('overuse', 500_000, 50, 1600);
    expect(controller.bitrate).toBe(0.85 * 500_000);
  });
});
