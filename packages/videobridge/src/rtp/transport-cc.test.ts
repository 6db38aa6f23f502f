import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseCompound } from './rtcp.js';
import { buildTransportCc, LOST, parseTransportCc } from './transport-cc.js';

function parsed(packet: Buffer): ReturnType<typeof parseTransportCc> {
  const [part] = parseCompound(packet) ?? [];
  return part?.kind === 'transport-cc' ? parseTransportCc(part.body) : undefined;
}

describe('transport-wide feedback', () => {
  it('has the form of the draft', () => {
    const { packet, covered } = buildTransportCc(1, 2, 3, 100, [256, 260, LOST, 900]);
    expect(covered).toBe(4);
    // Two-bit vector: small, small, lost, large; deltas 0, 4 and 640 ticks after reference 1 (256 ticks).
    expect(packet.toString('hex')).toBe(
      'afcd0006' + '00000001' + '00000002' + '00640004' + '00000103' + 'd480' + '0004' + '0280' + '0002',
    );
  });

  it('says which packets arrived and when, over as many packets as it takes', () => {
    const statuses = fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) },
        { weight: 1, arbitrary: fc.integer({ min: -40_000, max: 40_000 }) },
      ),
      { minLength: 1, maxLength: 1500 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), statuses, (base, steps) => {
        let tick = 1_000_000_000;
        const arrivals = [...steps.map((step) => (step === undefined ? LOST : (tick += step))), tick];
        const heard: number[] = [];
        for (let from = 0, count = 0; from < arrivals.length; count++) {
          const { packet, covered } = buildTransportCc(1, 2, count, base + from, arrivals.slice(from));
          expect(packet.length).toBeLessThanOrEqual(1200);
          const feedback = parsed(packet)!;
          expect(feedback.base).toBe((base + from) & 0xffff);
          expect(feedback.arrivals).toHaveLength(covered);
          heard.push(...feedback.arrivals);
          from += covered;
        }
        // The reference time wraps at 2^24 times 64 ms.
        const period = 2 ** 24 * 256;
        expect(heard).toEqual(arrivals.map((arrival) => (arrival === LOST ? LOST : arrival % period)));
      }),
      { numRuns: 50 },
    );
  });

  it('is refused when truncated', () => {
    const { packet } = buildTransportCc(1, 2, 3, 100, [256, 260, LOST, 900]);
    const body = packet.subarray(12);
    for (let length = 0; length < 13; length++)
      expect(parseTransportCc(body.subarray(0, length))).toBeUndefined();
  });

  it('never throws, whatever it holds', () => {
    fc.assert(fc.property(fc.uint8Array(), (body) => void parseTransportCc(Buffer.from(body))));
  });
});
