import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseCompound, type ReportBlock } from './rtcp.js';
import { buildNack, buildPli, buildReceiverReports, buildSenderReport } from './rtcp-builders.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

describe('an RTCP compound', () => {
  it('is read packet by packet', () => {
    const compound = bytes(
      [
        '80 c8 0006 00000001 00000002 00000003 00000004 00000005 00000006',
        '81 ca 0003 00000001 0103 616263 000000',
        '81 ce 0002 0000000a 0000000b',
        '84 ce 0004 0000000a 00000000 0000000c 07000000',
        '8f ce 0005 0000000a 00000000 52454d42 01 07 a120 0000000d',
        '81 cb 0001 00000001',
        '80 cc 0000',
      ].join(' '),
    );
    expect(parseCompound(compound)).toEqual([
      {
        kind: 'sender-report',
        ssrc: 1,
        ntpSeconds: 2,
        ntpFraction: 3,
        rtpTimestamp: 4,
        packets: 5,
        octets: 6,
        reports: [],
      },
      { kind: 'source-description' },
      { kind: 'pli', sender: 10, media: 11 },
      { kind: 'fir', sender: 10, entries: [{ ssrc: 12, command: 7 }] },
      { kind: 'remb', sender: 10, bitrate: 0x3a120 * 2, ssrcs: [13] },
      { kind: 'bye', ssrcs: [1] },
      { kind: 'unsupported', type: 204 },
    ]);
  });

  it('asks for packets by number and bitmask (RFC 4585 s.6.2.1)', () => {
    const [nack] = parseCompound(bytes('81 cd 0003 00000001 00000002 fffe 8005'))!;
    expect(nack).toMatchObject({ kind: 'nack', media: 2, sequences: [65534, 65535, 1, 14] });
  });

  it('may end in padding', () => {
    expect(parseCompound(bytes('a1 ce 0003 0000000a 0000000b 00000004'))).toEqual([
      { kind: 'pli', sender: 10, media: 11 },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a truncated header', '80 c8 00'],
    ['a length beyond the end', '80 c9 0002 00000001'],
    ['another version', '40 c9 0001 00000001'],
    ['fewer report blocks than it says', '82 c9 0001 00000001'],
    ['a short sender report', '80 c8 0001 00000001'],
    ['feedback without a media SSRC', '81 ce 0001 00000001'],
    ['padding before its end', 'a0 c9 0002 00000001 00000004 80 c9 0001 00000001'],
    ['more padding than content', 'a0 c9 0001 00000009'],
    ['a good packet before a bad one', '81 ce 0002 0000000a 0000000b 80 c9 0009'],
  ])('is refused as a whole for %s', (_, hex) => {
    expect(parseCompound(bytes(hex))).toBeUndefined();
  });

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 31 }),
            fc.integer({ min: 199, max: 208 }),
            fc.uint8Array({ maxLength: 40 }),
          ),
        ),
        (parts) => {
          const packets = parts.map(([count, type, body]) => {
            const padded = Buffer.concat([Buffer.from(body), Buffer.alloc((4 - (body.length % 4)) % 4)]);
            return Buffer.concat([Buffer.from([0x80 | count, type, 0, padded.length / 4]), padded]);
          });
          const compound = Buffer.concat(packets);
          const parsed = parseCompound(compound);
          if (parsed !== undefined) expect(parsed).toHaveLength(parts.length);
          parseCompound(compound.subarray(1));
          parseCompound(compound.subarray(0, -1));
        },
      ),
    );
  });
});

describe('RTCP that the bridge builds', () => {
  const block: fc.Arbitrary<ReportBlock> = fc.record({
    ssrc: uint32,
    fractionLost: fc.integer({ min: 0, max: 255 }),
    cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
    highestSequence: uint32,
    jitter: uint32,
    lastReport: uint32,
    delaySinceLastReport: uint32,
  });

  it('says what was meant: receiver reports, however many', () => {
    fc.assert(
      fc.property(uint32, fc.array(block, { minLength: 1, maxLength: 70 }), (sender, reports) => {
        const parsed = parseCompound(buildReceiverReports(sender, reports))!;
        expect(parsed.flatMap((part) => (part.kind === 'receiver-report' ? part.reports : []))).toEqual(
          reports,
        );
      }),
    );
  });

  it('says what was meant: NACKs, also across the wrap', () => {
    const ascending = fc
      .tuple(
        fc.integer({ min: 0, max: 65535 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 2000 }), { minLength: 1 }),
      )
      .map(([first, steps]) => steps.sort((a, b) => a - b).map((step) => (first + step) & 0xffff));
    fc.assert(
      fc.property(uint32, uint32, ascending, (sender, media, sequences) => {
        expect(parseCompound(buildNack(sender, media, sequences))).toEqual([
          { kind: 'nack', sender, media, sequences },
        ]);
      }),
    );
  });

  it('says what was meant: PLI and sender reports', () => {
    expect(buildPli(10, 11)).toEqual(bytes('81 ce 0002 0000000a 0000000b'));
    const report = { ssrc: 1, ntpSeconds: 2, ntpFraction: 3, rtpTimestamp: 4, packets: 5, octets: 6 };
    expect(parseCompound(buildSenderReport(report))).toEqual([
      { kind: 'sender-report', ...report, reports: [] },
    ]);
  });
});
