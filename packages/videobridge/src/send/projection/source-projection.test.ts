import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { layerIndex } from '../../receive/encoding-layers.js';
import { SourceProjection } from './source-projection.js';
import {
  completeFrames,
  offer,
  type Received,
  senseless,
  simulcastTrace,
  type TracePacket,
  undecodable,
} from './video-trace.testing.js';

const target = (encoding: number, temporal = 2): number => layerIndex(encoding, 0, temporal);

/** Sends a trace through; `steer` may change the target before a packet. */
function project(
  trace: readonly TracePacket[],
  steer: (projection: SourceProjection, packet: TracePacket, index: number) => void,
): Received[] {
  const projection = new SourceProjection();
  return trace.flatMap((packet, index) => {
    steer(projection, packet, index);
    return offer(projection, packet) ?? [];
  });
}

const fixed = (index: number) => (projection: SourceProjection) => {
  if (projection.target !== index) projection.target = index;
};

function expectGapless(received: readonly Received[]): void {
  received.forEach((packet, index) => {
    const before = received[index - 1];
    if (before === undefined) return;
    expect(packet.sequence).toBe(before.sequence + 1);
    expect(packet.id - before.id).toBe(packet.frame === before.frame ? 0 : 1);
    expect((packet.timestamp - before.timestamp) | 0)[
      packet.frame === before.frame ? 'toBe' : 'toBeGreaterThan'
    ](0);
    const tl0Step = packet.frame !== before.frame && packet.frame.temporal === 0 ? 1 : 0;
    expect((packet.tl0 - before.tl0) & 0xff).toBe(tl0Step);
  });
}

describe('the projection of VP8 simulcast', () => {
  it('begins with a keyframe and then is one encoding, as it came', () => {
    const trace = simulcastTrace(3, 60, new Set());
    const received = project(trace, fixed(target(1)));
    expectGapless(received);
    const sent = trace.filter(({ frame }) => frame.encoding === 1).length;
    // The lowest encoding's keyframe is shown until the wanted one has come.
    expect(received.filter(({ frame }) => frame.encoding === 1)).toHaveLength(sent);
    expect(received.filter(({ frame }) => frame.encoding === 0).every(({ frame }) => frame.keyframe)).toBe(
      true,
    );
  });

  it.each([0, 1, 2])('leaves out temporal layers above %i without a trace of them', (temporal) => {
    const received = project(simulcastTrace(1, 80, new Set()), fixed(target(0, temporal)));
    expectGapless(received);
    expect(new Set(received.map(({ frame }) => frame.temporal)).size).toBe(temporal + 1);
    expect(completeFrames(received)).toHaveLength(80 / 2 ** (2 - temporal));
    expect(undecodable(completeFrames(received))).toEqual([]);
  });

  it('changes the encoding at a keyframe, upwards and downwards, and asks for one until then', () => {
    const trace = simulcastTrace(3, 120, new Set([45, 90]));
    let wanted = 0;
    const asked = new Set<number>();
    const projection = new SourceProjection();
    const received = trace.flatMap((packet) => {
      const number = Math.floor(packet.frame.uid / 3);
      wanted = number < 30 ? 0 : number < 75 ? 2 : 1;
      if (projection.target !== target(wanted)) projection.target = target(wanted);
      const result = offer(projection, packet) ?? [];
      if (projection.needsKeyframe) asked.add(number);
      return result;
    });
    expectGapless(received);
    expect(undecodable(completeFrames(received))).toEqual([]);
    const shown = (from: number, to: number) =>
      new Set(
        received
          .filter(({ frame }) => frame.uid >= from * 3 && frame.uid < to * 3)
          .map(({ frame }) => frame.encoding),
      );
    expect(shown(10, 45)).toEqual(new Set([0]));
    expect(shown(46, 90)).toEqual(new Set([2]));
    expect(shown(91, 120)).toEqual(new Set([1]));
    expect([...asked].filter((number) => number > 0)).toEqual([
      ...Array.from({ length: 15 }, (_, index) => 30 + index),
      ...Array.from({ length: 15 }, (_, index) => 75 + index),
    ]);
  });

  it('keeps the pace of the clock over a change of encodings and over a pause', () => {
    const trace = simulcastTrace(2, 120, new Set([40, 100]));
    const received = project(trace, (projection, packet) => {
      const number = Math.floor(packet.frame.uid / 2);
      const wanted = number < 35 ? target(0) : number < 60 ? target(1) : number < 95 ? -1 : target(1);
      if (projection.target !== wanted) projection.target = wanted;
    });
    expectGapless(received);
    const first = received[0]!;
    for (const { timestamp, frame } of received) {
      const expected = (frame.packets[0]!.sent - first.frame.packets[0]!.sent) * 90;
      expect(Math.abs(((timestamp - first.timestamp) | 0) - expected)).toBeLessThan(3000);
    }
  });

  it('raises the frame rate only from a frame on that needs nothing that was left out', () => {
    const trace = simulcastTrace(1, 100, new Set());
    for (let change = 20; change < 36; change++) {
      const received = project(trace, (projection, packet) => {
        const wanted = packet.frame.uid < change ? target(0, 0) : target(0, 2);
        if (projection.target !== wanted) projection.target = wanted;
      });
      expect(undecodable(completeFrames(received))).toEqual([]);
      expect(received.filter(({ frame }) => frame.uid >= 60 && frame.temporal === 2).length).toBeGreaterThan(
        10,
      );
    }
  });

  it('leaves losses visible: the numbers of what was lost are missing, no more and no less', () => {
    const trace = simulcastTrace(1, 60, new Set());
    const lost = new Set([20, 21, 40]);
    const received = project(
      trace.filter((_, index) => !lost.has(index)),
      fixed(target(0)),
    );
    const all = project(trace, fixed(target(0)));
    expect(received).toEqual(all.filter((_, index) => !lost.has(index)));
  });

  it('leaves a gap where another encoding takes over before a frame is whole', () => {
    const [first, ...rest] = simulcastTrace(2, 2, new Set());
    const tail = rest.filter(({ frame }) => frame.encoding === 1);
    const received = project([first!, ...tail], fixed(target(1)));
    expect(received.map(({ frame }) => frame.encoding).slice(0, 2)).toEqual([0, 1]);
    expect(received[1]!.sequence - received[0]!.sequence).toBe(2);
    expectGapless(received.slice(1));
  });

  it('gives a late packet the number that was kept for it', () => {
    const trace = simulcastTrace(1, 60, new Set());
    const late = [...trace];
    late.splice(30, 0, ...late.splice(20, 1));
    const sorted = project(late, fixed(target(0))).sort((a, b) => a.sequence - b.sequence);
    expect(sorted).toEqual(project(trace, fixed(target(0))));
  });

  it('shows a lower encoding when the wanted one falls silent', () => {
    const trace = simulcastTrace(2, 120, new Set([80])).filter(
      ({ frame }) => frame.encoding === 0 || frame.uid < 80,
    );
    const received = project(trace, fixed(target(1)));
    expectGapless(received);
    expect(received.at(-1)!.frame.encoding).toBe(0);
  });

  it('is a valid stream whatever arrives in whatever order, whatever is wanted', () => {
    const disorder = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 50, maxLength: 50 }),
      losses: fc.array(fc.boolean(), { minLength: 37, maxLength: 37 }),
      lossy: fc.boolean(),
      keyframes: fc.uniqueArray(fc.integer({ min: 1, max: 79 }), { maxLength: 6 }),
      targets: fc.array(fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 0, max: 2 })), {
        minLength: 1,
        maxLength: 8,
      }),
    });
    fc.assert(
      fc.property(disorder, ({ delays, losses, lossy, keyframes, targets }) => {
        const trace = simulcastTrace(3, 80, new Set(keyframes))
          .filter((_, index) => !lossy || !losses[index % 37] || index % 3 !== 0)
          .map((packet, index) => ({ packet, at: index + (delays[index % 50] ?? 0) }))
          .sort((a, b) => a.at - b.at)
          .map(({ packet }) => packet);
        const received = project(trace, (projection, _, index) => {
          const [encoding, temporal] = targets[Math.floor((index * targets.length) / trace.length)]!;
          const wanted = encoding < 0 ? -1 : target(encoding, temporal);
          if (projection.target !== wanted) projection.target = wanted;
        });
        const numbers = received.map(({ sequence }) => sequence);
        expect(new Set(numbers).size).toBe(numbers.length);
        const byNumber = [...received].sort((a, b) => a.sequence - b.sequence);
        byNumber.forEach((packet, index) => {
          const before = byNumber[index - 1];
          if (before === undefined) return;
          const sameFrame = packet.frame === before.frame;
          // Frames stand one after the other; each has one picture id and one timestamp, and these grow with the numbers.
          expect(Math.sign(packet.id - before.id)).toBe(sameFrame ? 0 : 1);
          expect(Math.sign((packet.timestamp - before.timestamp) | 0)).toBe(sameFrame ? 0 : 1);
          if (sameFrame) expect(packet.sequence - before.sequence).toBe(packet.input - before.input);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('can be decoded whole, whatever is wanted, when nothing is lost', () => {
    const wishes = fc.array(fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 0, max: 2 })), {
      minLength: 1,
      maxLength: 12,
    });
    const keyframes = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 });
    fc.assert(
      fc.property(wishes, keyframes, (targets, at) => {
        const trace = simulcastTrace(3, 100, new Set(at));
        const received = project(trace, (projection, _, index) => {
          const [encoding, temporal] = targets[Math.floor((index * targets.length) / trace.length)]!;
          const wanted = encoding < 0 ? -1 : target(encoding, temporal);
          if (projection.target !== wanted) projection.target = wanted;
        });
        expect(undecodable(completeFrames(received))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('sends no frame without those that it was made from, whatever comes late, unless it shows that one is missing', () => {
    const disorder = fc.record({
      encodings: fc.constantFrom(1, 3),
      delays: fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 50, maxLength: 50 }),
      late: fc.array(fc.boolean(), { minLength: 37, maxLength: 37 }),
      lateness: fc.integer({ min: 5, max: 60 }),
      lost: fc.option(fc.integer({ min: 1, max: 200 })),
      keyframes: fc.uniqueArray(fc.integer({ min: 1, max: 79 }), { maxLength: 12 }),
      targets: fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), {
        minLength: 10,
        maxLength: 60,
      }),
    });
    fc.assert(
      fc.property(disorder, ({ encodings, delays, late, lateness, lost, keyframes, targets }) => {
        const trace = simulcastTrace(encodings, 80, new Set(keyframes))
          .filter((_, index) => index !== lost)
          .map((packet, index) => ({
            packet,
            at: index + (delays[index % 50] ?? 0) + (late[index % 37] && index % 3 === 0 ? lateness : 0),
          }))
          .sort((a, b) => a.at - b.at)
          .map(({ packet }) => packet);
        const received = project(trace, (projection, _, index) => {
          const [encoding, temporal] = targets[Math.floor((index * targets.length) / trace.length)]!;
          const wanted = target(encoding % encodings, temporal);
          if (projection.target !== wanted) projection.target = wanted;
        });
        expect(senseless(received)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
