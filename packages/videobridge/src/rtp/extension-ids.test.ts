import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { translateExtensions } from './extension-ids.js';

/** An RTP packet with these octets of extensions and five octets of payload. */
function packet(profile: number, ...extensions: number[]): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt8(0x90, 0);
  head.writeUInt16BE(profile, 12);
  head.writeUInt16BE(Math.ceil(extensions.length / 4), 14);
  const padding = Buffer.alloc((4 - (extensions.length % 4)) % 4);
  return Buffer.concat([head, Buffer.from(extensions), padding, Buffer.alloc(5, 0xee)]);
}

function translated(original: Buffer, ids: Record<number, number>): Buffer {
  const table = new Uint8Array(256);
  for (const [from, to] of Object.entries(ids)) table[Number(from)] = to;
  const copy = Buffer.from(original);
  translateExtensions(copy, table);
  return copy;
}

describe('the ids of header extensions', () => {
  it('become those of another endpoint, in one octet', () => {
    const original = packet(0xbede, 0x51, 1, 2, 0, 0x10, 0x7f);
    expect(translated(original, { 5: 3, 1: 14 })).toEqual(packet(0xbede, 0x31, 1, 2, 0, 0xe0, 0x7f));
  });

  it('become those of another endpoint, in two octets', () => {
    const original = packet(0x1000, 5, 2, 1, 2, 0, 1, 0, 200, 1, 9);
    expect(translated(original, { 5: 77, 1: 2, 200: 1 })).toEqual(
      packet(0x1000, 77, 2, 1, 2, 0, 2, 0, 1, 1, 9),
    );
  });

  it('vanish where there is none, or none that fits', () => {
    const original = packet(0xbede, 0x51, 1, 2, 0x10, 0x7f, 0x40, 0x33);
    expect(translated(original, { 5: 3, 1: 15 })).toEqual(packet(0xbede, 0x31, 1, 2, 0, 0, 0, 0));
  });

  it('stay where there are no extensions, or of another kind', () => {
    for (const plain of [Buffer.alloc(0), Buffer.alloc(12, 0x80), packet(0x4711, 0x51, 1, 2)])
      expect(translated(plain, { 5: 3 })).toEqual(plain);
  });

  it('never lead beyond the extensions, whatever they say', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0xbede, 0x1000, 0x100f),
        fc.uint8Array({ maxLength: 32 }),
        fc.integer({ min: 0, max: 20 }),
        (profile, extensions, cut) => {
          const original = packet(profile, ...extensions);
          const short = original.subarray(0, original.length - cut);
          const copy = translated(
            short,
            Object.fromEntries(Array.from({ length: 255 }, (_, id) => [id + 1, 3])),
          );
          expect(copy.length).toBe(short.length);
          expect(copy.subarray(0, 16)).toEqual(short.subarray(0, 16));
          const end = 16 + Math.ceil(extensions.length / 4) * 4;
          expect(copy.subarray(end)).toEqual(short.subarray(end));
        },
      ),
    );
  });
});
