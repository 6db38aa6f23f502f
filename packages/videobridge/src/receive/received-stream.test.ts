import { describe, expect, it } from 'vitest';

import { NackRequester } from './nack-requester.js';
import { ReceivedStream } from './received-stream.js';

describe('a received stream', () => {
  it('accepts each packet once, in whatever order and also across the wrap', () => {
    const stream = new ReceivedStream(1, 90, true);
    const arrivals = [65533, 65535, 65534, 65535, 0, 2, 1, 2, 0];
    const fresh = arrivals.filter((sequence, index) => stream.received(sequence, 0, index));
    expect(fresh).toEqual([65533, 65535, 65534, 0, 2, 1]);
  });

  it('accepts what a retransmission recovered, and then not the late original', () => {
    const stream = new ReceivedStream(1, 90, true);
    stream.received(10, 0, 0);
    stream.received(12, 0, 1);
    expect(stream.recovered(11, 2)).toBe(true);
    expect(stream.received(11, 0, 3)).toBe(false);
    expect(stream.nacks!.missing).toBe(0);
  });

  it('does not ask again for what a retransmission has brought', () => {
    const stream = new ReceivedStream(1, 90, true);
    stream.received(10, 0, 0);
    stream.received(12, 0, 1);
    stream.recovered(11, 2);
    expect(stream.nacks!.missing).toBe(0);
  });

  it('takes what a whole ring has overtaken for something that it had', () => {
    const stream = new ReceivedStream(1, 90, true);
    stream.received(5000, 0, 0);
    stream.received(5000 - 1023, 0, 1);
    expect(stream.received(5000 - 1024, 0, 2)).toBe(false);
    expect(stream.received(5000 - 2 * 1024, 0, 2)).toBe(false);
  });

  describe('whose sender begins anew far behind', () => {
    const fresh = (stream: ReceivedStream, sequences: readonly number[]) =>
      sequences.filter((sequence) => stream.received(sequence, 0, 0));

    it.each([
      ['near', 5000, 5000 - 1100],
      ['half the numbers back', 40_000, 40_000 - 32_767],
      ['behind the wrap', 500, 65_000],
    ])('goes on with the second of two packets in sequence: %s', (_, before, anew) => {
      const stream = new ReceivedStream(1, 90, true);
      stream.received(before, 0, 0);
      const { last } = stream;
      const after = [0, 1, 2, 2, 3].map((offset) => (anew + offset) & 0xffff);
      expect(fresh(stream, after)).toEqual([1, 2, 3].map((offset) => (anew + offset) & 0xffff));
      expect(stream.last).toBeGreaterThan(last);
      expect(stream.last & 0xffff).toBe((anew + 3) & 0xffff);
      expect(stream.nacks!.missing).toBe(0);
    });

    it('counts nothing between as lost', () => {
      const stream = new ReceivedStream(1, 90, true);
      fresh(stream, [20_000, 20_001, 9000, 9001, 9002]);
      expect(stream.statistics.report(1)).toMatchObject({ cumulativeLost: 0, fractionLost: 0 });
    });

    it('does not for single ones that are very late, nor for retransmissions', () => {
      const stream = new ReceivedStream(1, 90, true);
      expect(fresh(stream, [20_000, 9000, 20_001, 9002, 20_002, 9004])).toEqual([20_000, 20_001, 20_002]);
      const { last } = stream;
      for (const sequence of [10_000, 10_001, 10_002]) stream.recovered(sequence, 0);
      expect(fresh(stream, [20_003])).toEqual([20_003]);
      expect(stream.last).toBe(last + 1);
    });
  });

  it('does not count retransmissions as received, so that the reported loss is the path’s', () => {
    const stream = new ReceivedStream(7, 90, true);
    for (const sequence of [100, 101, 103, 104]) stream.received(sequence, 0, 0);
    stream.recovered(102, 1);
    expect(stream.statistics.report(10)).toMatchObject({
      ssrc: 7,
      cumulativeLost: 1,
      fractionLost: Math.floor(256 / 5),
      highestSequence: 104,
    });
  });
});

describe('reception statistics (RFC 3550)', () => {
  it('refer to the last sender report', () => {
    const { statistics } = new ReceivedStream(7, 90, false);
    statistics.received(65536, 0, 0);
    statistics.senderReport(0x11112222, 0x33334444, 1000);
    expect(statistics.report(1500)).toMatchObject({ lastReport: 0x22223333, delaySinceLastReport: 32768 });
  });

  it('say nothing while nothing arrives', () => {
    const { statistics } = new ReceivedStream(7, 90, false);
    expect(statistics.report(0)).toBeUndefined();
    statistics.received(65536, 0, 0);
    expect(statistics.report(1)).toBeDefined();
    expect(statistics.report(2)).toBeUndefined();
  });

  it('estimate jitter from transit times, whatever the clocks’ offset', () => {
    const { statistics } = new ReceivedStream(7, 90, false);
    for (let index = 0; index < 200; index++) {
      const late = index % 2 === 0 ? 0 : 5;
      statistics.received(65536 + index, (0xfffff000 + index * 900) >>> 0, index * 10 + late);
    }
    // Transit alternates by 5 ms, 450 ticks of 90 kHz.
    expect(statistics.report(3000)!.jitter).toBeGreaterThan(440);
    expect(statistics.report(3000)).toBeUndefined();
  });

  it('stay within the field when a sender jumps without end', () => {
    const stream = new ReceivedStream(1, 90, true);
    for (let jump = 0; jump < 600; jump++) stream.received((jump * 32_767) & 0xffff, jump * 7_654_321, jump);
    expect(stream.statistics.report(600)).toMatchObject({ cumulativeLost: 0x7fffff, fractionLost: 255 });
    expect(stream.nacks!.missing).toBeLessThanOrEqual(200);
  });

  it('stay within the field when an unreasonable sender repeats itself', () => {
    const { statistics } = new ReceivedStream(7, 90, false);
    for (let index = 0; index < 50; index++) statistics.received(65536, 0, index);
    expect(statistics.report(60)).toMatchObject({ cumulativeLost: -49, fractionLost: 0 });
  });
});

describe('a NACK requester', () => {
  it('has nothing to ask while packets come in order', () => {
    const nacks = new NackRequester();
    for (let sequence = 65536; sequence < 65600; sequence++) nacks.received(sequence, sequence);
    expect(nacks.due(100_000, undefined)).toEqual([]);
  });

  it('gives a gap a moment for reordering', () => {
    const nacks = new NackRequester();
    nacks.received(65536, 0);
    nacks.received(65538, 1);
    expect(nacks.due(2, undefined)).toEqual([]);
    nacks.received(65537, 3);
    expect(nacks.due(100, undefined)).toEqual([]);
  });

  it('asks when two packets have overtaken, or after ten milliseconds', () => {
    const nacks = new NackRequester();
    nacks.received(65536, 0);
    nacks.received(65539, 1);
    nacks.received(65540, 1);
    expect(nacks.due(1, undefined)).toEqual([1, 2]);
    nacks.received(65542, 2);
    expect(nacks.due(11, undefined)).toEqual([]);
    expect(nacks.due(12, undefined)).toEqual([5]);
  });

  it('repeats after about a round trip, ten times at most', () => {
    const nacks = new NackRequester();
    nacks.received(65536, 0);
    nacks.received(65538, 0);
    const asked: number[] = [];
    for (let now = 0; now < 5000; now += 10) if (nacks.due(now, 80).length > 0) asked.push(now);
    expect(asked).toEqual([10, 110, 210, 310, 410, 510, 610, 710, 810, 910]);
    expect(nacks.missing).toBe(0);
  });

  it('starts afresh when the stream jumps', () => {
    const nacks = new NackRequester();
    nacks.received(65536, 0);
    nacks.received(65538, 0);
    nacks.received(75000, 1);
    expect(nacks.missing).toBe(0);
    nacks.received(75001, 2);
    expect(nacks.due(100, undefined)).toEqual([]);
  });

  it('does not remember more than it could ask for', () => {
    const nacks = new NackRequester();
    for (let sequence = 65536, now = 0; now < 1000; now++, sequence += 99) nacks.received(sequence, now);
    expect(nacks.missing).toBeLessThanOrEqual(200);
  });
});
