import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { startsVp8Keyframe } from './vp8.js';

const starts = (hex: string): boolean => {
  const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return startsVp8Keyframe(payload, 0, payload.length);
};

describe('a VP8 payload', () => {
  it.each([
    ['without extension', '10 00', true],
    ['with a 7-bit picture id', '90 80 05 00', true],
    ['with a 15-bit picture id', '90 80 8005 00', true],
    ['with picture id, TL0PICIDX and TID', '90 e0 8005 07 20 00', true],
    ['of an inter frame', '90 80 8005 01', false],
    ['that continues a frame', '80 80 8005 00', false],
    ['of a later partition', '91 80 8005 00', false],
    ['that ends within its descriptor', '90 80 80', false],
    ['of one octet', '10', false],
  ])('%s: %s begins a keyframe: %s', (_, hex, expected) => {
    expect(starts(hex)).toBe(expected);
  });

  it('is not read beyond its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(12), fc.nat(12), (content, offset, length) => {
        const whole = startsVp8Keyframe(content, offset, length);
        const end = offset + length;
        if (end <= content.length)
          expect(startsVp8Keyframe(content.slice(0, end), offset, length)).toBe(whole);
        else expect(whole).toBe(false);
      }),
    );
  });
});
