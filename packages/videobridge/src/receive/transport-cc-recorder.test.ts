import { describe, expect, it } from 'vitest';

import { parseCompound } from '../rtp/rtcp.js';
import { LOST, parseTransportCc } from '../rtp/transport-cc.js';
import { TransportCcRecorder } from './transport-cc-recorder.js';

/** What the feedback says: arrival in ms by sequence number, `LOST` where it did not arrive. */
function heard(packets: readonly Buffer[]): [number, number][] {
  return packets.flatMap((packet) => {
    const [part] = parseCompound(packet) ?? [];
    const feedback = part?.kind === 'transport-cc' ? parseTransportCc(part.body) : undefined;
    return feedback!.arrivals.map((tick, index): [number, number] => [
      (feedback!.base + index) & 0xffff,
      tick === LOST ? LOST : tick / 4,
    ]);
  });
}

describe('a transport-wide recorder', () => {
  it('wants feedback sent every 100 ms, or 20 ms at the end of a frame', () => {
    const recorder = new TransportCcRecorder();
    expect(recorder.record(1, true, 0)).toBe(false);
    expect(recorder.record(2, true, 19)).toBe(false);
    expect(recorder.record(3, false, 99)).toBe(false);
    expect(recorder.record(4, true, 99)).toBe(true);
    expect(recorder.record(5, false, 100)).toBe(true);
    recorder.feedback(1, 2, 100);
    expect(recorder.record(6, true, 119)).toBe(false);
    expect(recorder.record(7, true, 120)).toBe(true);
  });

  it('tells of each packet once, and of what is missing between', () => {
    const recorder = new TransportCcRecorder();
    recorder.record(65534, false, 1000);
    recorder.record(65535, false, 1010);
    recorder.record(1, false, 1020);
    expect(heard(recorder.feedback(1, 2, 1100))).toEqual([
      [65534, 1000],
      [65535, 1010],
      [0, LOST],
      [1, 1020],
    ]);
    expect(recorder.feedback(1, 2, 1200)).toEqual([]);
    recorder.record(2, false, 1210);
    expect(heard(recorder.feedback(1, 2, 1300))).toEqual([[2, 1210]]);
  });

  it('takes back what it reported lost when it comes after all', () => {
    const recorder = new TransportCcRecorder();
    recorder.record(10, false, 1000);
    recorder.record(13, false, 1001);
    recorder.feedback(1, 2, 1100);
    recorder.record(12, false, 1110);
    recorder.record(14, false, 1111);
    expect(heard(recorder.feedback(1, 2, 1200))).toEqual([
      [12, 1110],
      [13, LOST],
      [14, 1111],
    ]);
  });

  it('counts its feedback packets', () => {
    const recorder = new TransportCcRecorder();
    const counts = [1, 2, 3].map((sequence) => {
      recorder.record(sequence, false, sequence * 100);
      return recorder.feedback(1, 2, sequence * 100)[0]!.readUInt8(19);
    });
    expect(counts).toEqual([0, 1, 2]);
  });

  it('does not go back for what is older than it remembers', () => {
    const recorder = new TransportCcRecorder();
    recorder.record(1, false, 0);
    recorder.record(2000, false, 1);
    recorder.feedback(1, 2, 1);
    recorder.record(2000 - 1024, false, 2);
    expect(recorder.feedback(1, 2, 3)).toEqual([]);
    recorder.record(2000 - 1023, false, 4);
    expect(recorder.feedback(1, 2, 5)).not.toEqual([]);
  });

  it('stays small whatever jumps the sender makes', () => {
    const recorder = new TransportCcRecorder();
    let sequence = 0;
    for (let now = 0; now < 500; now++) {
      sequence = (sequence + 29_000) & 0xffff;
      recorder.record(sequence, false, now);
    }
    expect(heard(recorder.feedback(1, 2, 1000)).length).toBeLessThanOrEqual(1024);
  });
});
