import { describe, expect, it } from 'vitest';

import type { ReportBlock } from '../rtp/rtcp.js';
import { RoundTripTime } from './round-trip-time.js';

const report = (lastReport: number, delayMs: number): ReportBlock => ({
  ssrc: 1,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastReport,
  delaySinceLastReport: Math.round((delayMs * 65536) / 1000),
});

describe('the round-trip time', () => {
  it('is what is left of the time between report and answer', () => {
    const rtt = new RoundTripTime();
    rtt.sent(0x11112222, 0x33334444, 1000);
    rtt.reported(report(0x22223333, 500), 1580);
    expect(rtt.value).toBeCloseTo(80, 1);
  });

  it('is not taken from an answer to nothing, nor from an impossible one', () => {
    const rtt = new RoundTripTime();
    rtt.reported(report(0x22223333, 0), 1000);
    rtt.sent(0x11112222, 0x33334444, 1000);
    rtt.reported(report(0x22223333, 2000), 1500);
    rtt.reported(report(0x22223333, 400_000), 401_000);
    rtt.reported(report(0, 0), 1500);
    expect(rtt.value).toBeUndefined();
  });

  it('forgets old reports', () => {
    const rtt = new RoundTripTime();
    for (let index = 0; index < 300; index++) rtt.sent(index, 0, index);
    rtt.reported(report(50 << 16, 0), 1000);
    expect(rtt.value).toBeUndefined();
    rtt.reported(report(299 << 16, 0), 399);
    expect(rtt.value).toBe(100);
  });
});
