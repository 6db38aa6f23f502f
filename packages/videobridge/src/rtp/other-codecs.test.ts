import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readAv1 } from './av1.js';
import { readH264 } from './h264.js';
import { videoFrame } from './video-frame.js';
import { readVp9 } from './vp9.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const frame = videoFrame();

describe('a VP9 payload (RFC 9628)', () => {
  const read = (hex: string): boolean => readVp9(bytes(hex), 0, bytes(hex).length, frame);

  it('begins a key picture with its structure', () => {
    // I, L, B, E, V; no P.
    expect(read('ae 8005 00 01 50 0140 00b4 0280 0168 0500 02d0'.replace('50', '50'))).toBe(true);
    expect(frame).toMatchObject({
      keyframe: true,
      start: true,
      end: true,
      id: 5,
      idBits: 15,
      spatial: 0,
      tl0: 1,
    });
    expect(frame.heights).toEqual([180, 360, 720]);
  });

  it('belongs to layers and depends on others', () => {
    // I, P, L, Z; temporal layer 2 with switching up point, spatial layer 1 built on layer 0.
    expect(read('e1 07 53 09')).toBe(true);
    expect(frame).toMatchObject({
      keyframe: false,
      interPicture: true,
      reference: false,
      temporal: 2,
      sync: true,
      spatial: 1,
      interLayer: true,
      tl0: 9,
    });
  });

  it('has no TL0PICIDX but references in flexible mode', () => {
    expect(read('f8 07 20 03 05 04')).toBe(true);
    expect(frame).toMatchObject({ tl0: -1, temporal: 1, start: true, keyframe: false });
    expect(read('f8 07 20 03')).toBe(false);
  });

  it.each(['', '80', 'a0 80', 'a0 07 00'])('that is truncated is refused: %s', (hex) => {
    expect(read(hex)).toBe(false);
  });
});

describe('an H.264 payload (RFC 6184)', () => {
  const keyframe = (hex: string): boolean =>
    readH264(bytes(hex), 0, bytes(hex).length, frame) && frame.keyframe;

  it('begins a keyframe with the parameter set that decoders need', () => {
    expect(keyframe('67 42e01f')).toBe(true);
    expect(keyframe('78 0004 6742e01f 0002 68ce')).toBe(true);
    expect(keyframe('78 0002 68ce 0004 6742e01f')).toBe(true);
  });

  it('does not with anything else', () => {
    for (const hex of ['61 00', '7c 85', '78 0002 68ce', '78 ffff 68', '', '78'])
      expect(keyframe(hex)).toBe(false);
  });
});

describe('an AV1 payload', () => {
  it('begins a coded video sequence where the N bit says so', () => {
    readAv1(bytes('08 00'), 0, 2, frame);
    expect(frame.keyframe).toBe(true);
    readAv1(bytes('10 00'), 0, 2, frame);
    expect(frame.keyframe).toBe(false);
  });
});

it('no reader throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 50 }), (data, length) => {
      for (const read of [readVp9, readH264, readAv1]) {
        const known = read(data, 0, length, frame);
        if (known) expect(length).toBeLessThanOrEqual(data.length);
      }
    }),
  );
});
