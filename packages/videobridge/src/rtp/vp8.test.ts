import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { videoFrame, writeFrameId } from './video-frame.js';
import { readVp8 } from './vp8.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const frame = videoFrame();
const read = (hex: string): boolean => readVp8(bytes(hex), 0, bytes(hex).length, frame);

describe('a VP8 payload', () => {
  it.each([
    ['begins a keyframe without extensions', '10 00', true, true],
    ['begins another frame', '10 01', true, false],
    ['continues a frame', '00 00', false, false],
    ['begins another partition', '11 00', false, false],
    ['begins a keyframe behind every extension', '90 f0 8123 05 e7 00', true, true],
    ['begins a keyframe behind a short picture id', '90 80 12 00', true, true],
    ['has no frame header', '90 80 12', true, false],
  ])('%s', (_, hex, start, keyframe) => {
    expect(read(hex)).toBe(true);
    expect({ start: frame.start, keyframe: frame.keyframe }).toEqual({ start, keyframe });
  });

  it('tells picture, TL0PICIDX and temporal layer', () => {
    read('90 e0 8123 05 a0 01');
    expect(frame).toMatchObject({
      id: 0x123,
      idOffset: 2,
      idBits: 15,
      tl0: 5,
      tl0Offset: 4,
      temporal: 2,
      sync: true,
    });
    read('90 60 7f 40 01');
    expect(frame).toMatchObject({ id: -1, tl0: 0x7f, temporal: 1, sync: false });
  });

  it('tells the height of a keyframe', () => {
    read('10 100000 9d012a 8002 6801');
    expect(frame.heights).toEqual([360]);
  });

  it.each(['', '80', '90 80', '90 80 81', '90 f0 8123 05'])('that is truncated is refused: %s', (hex) => {
    expect(read(hex)).toBe(false);
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (data) => {
        readVp8(data, 0, data.length, frame);
        readVp8(data, 2, data.length, frame);
      }),
    );
  });

  it.each([7, 15])('takes another picture id of %i bits in place', (bits) => {
    const packet = bits === 7 ? bytes('90 80 12 00') : bytes('90 80 8123 00');
    writeFrameId(packet, 2, bits, 0x12345);
    readVp8(packet, 0, packet.length, frame);
    expect(frame).toMatchObject({ id: 0x12345 & (2 ** bits - 1), idBits: bits });
  });
});
