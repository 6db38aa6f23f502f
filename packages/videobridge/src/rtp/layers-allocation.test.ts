import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type LayersAllocation, readLayersAllocation } from './layers-allocation.js';

const read = (...octets: number[]): LayersAllocation | undefined =>
  readLayersAllocation(Uint8Array.from(octets), 0, octets.length);

/** Writes it as senders do: one mask for all streams where they have the same layers. */
function write({ stream, streams, layers }: LayersAllocation): number[] {
  const masks = Array.from({ length: streams }, (_, index) =>
    layers.filter((each) => each.stream === index).reduce((mask, { spatial }) => mask | (1 << spatial), 0),
  );
  const [first = 0] = masks;
  const common = masks.every((mask) => mask === first) ? first : 0;
  const octets = [(stream << 6) | ((streams - 1) << 4) | common];
  if (common === 0) {
    for (let index = 0; index < streams; index += 2)
      octets.push((masks[index]! << 4) | (masks[index + 1] ?? 0));
  }
  for (let index = 0; index < layers.length; index += 4) {
    octets.push(
      layers
        .slice(index, index + 4)
        .reduce((octet, { targets }, place) => octet | ((targets.length - 1) << (6 - 2 * place)), 0),
    );
  }
  for (const target of layers.flatMap(({ targets }) => targets)) {
    let left = target;
    for (; left >= 0x80; left = Math.floor(left / 128)) octets.push((left % 128) | 0x80);
    octets.push(left);
  }
  for (const { size } of layers) {
    if (size === undefined) continue;
    const [width, height] = [size.width - 1, size.height - 1];
    octets.push(width >> 8, width & 0xff, height >> 8, height & 0xff, size.frameRate);
  }
  return octets;
}

const allocations: fc.Arbitrary<LayersAllocation> = fc
  .record({
    stream: fc.nat(3),
    masks: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 4 }),
    targets: fc.array(fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 4 }), {
      minLength: 16,
      maxLength: 16,
    }),
    sizes: fc.option(
      fc.array(
        fc.record({
          width: fc.integer({ min: 1, max: 65_536 }),
          height: fc.integer({ min: 1, max: 65_536 }),
          frameRate: fc.nat(255),
        }),
        { minLength: 16, maxLength: 16 },
      ),
    ),
  })
  .map(({ stream, masks, targets, sizes }) => {
    const places = masks.flatMap((mask, index) =>
      [0, 1, 2, 3]
        .filter((spatial) => (mask & (1 << spatial)) !== 0)
        .map((spatial) => ({ stream: index, spatial })),
    );
    const layers = places.map((place, index) => ({
      ...place,
      targets: targets[index]!,
      ...(sizes !== null && { size: sizes[index]! }),
    }));
    return { stream, streams: masks.length, layers };
  });

describe('the video layers allocation', () => {
  it('of simulcast: three streams, the second of which carries the packet', () => {
    // A layer in each, of three temporal ones; 100 to 200, 300 to 700 and 1000 to 2500 kbit/s; 180, 360 and 720 lines.
    const octets = [
      0x61, 0xa8, 0x64, 0x96, 0x01, 0xc8, 0x01, 0xac, 0x02, 0xf4, 0x03, 0xbc, 0x05, 0xe8, 0x07, 0xdc, 0x0b,
      0xc4, 0x13, 0x01, 0x3f, 0x00, 0xb3, 0x1e, 0x02, 0x7f, 0x01, 0x67, 0x1e, 0x04, 0xff, 0x02, 0xcf, 0x1e,
    ];
    expect(read(...octets)).toEqual({
      stream: 1,
      streams: 3,
      layers: [
        {
          stream: 0,
          spatial: 0,
          targets: [100, 150, 200],
          size: { width: 320, height: 180, frameRate: 30 },
        },
        {
          stream: 1,
          spatial: 0,
          targets: [300, 500, 700],
          size: { width: 640, height: 360, frameRate: 30 },
        },
        {
          stream: 2,
          spatial: 0,
          targets: [1000, 1500, 2500],
          size: { width: 1280, height: 720, frameRate: 30 },
        },
      ],
    });
  });

  it('of layers within one stream, without their sizes', () => {
    expect(read(0x03, 0x10, 0x64, 0xc8, 0x01, 0xac, 0x02)).toEqual({
      stream: 0,
      streams: 1,
      layers: [
        { stream: 0, spatial: 0, targets: [100] },
        { stream: 0, spatial: 1, targets: [200, 300] },
      ],
    });
  });

  it('says which streams rest: those without a layer of their own', () => {
    expect(read(0x20, 0x10, 0x00, 0x00, 0x64)).toEqual({
      stream: 0,
      streams: 3,
      layers: [{ stream: 0, spatial: 0, targets: [100] }],
    });
    expect(read(0)).toEqual({ stream: 0, streams: 1, layers: [] });
  });

  it.each([
    ['nothing', []],
    ['without targets', [0x01, 0x00]],
    ['with a target that does not end', [0x01, 0x00, 0x80]],
    ['with a target beyond 32 bits', [0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['with half a size', [0x01, 0x00, 0x64, 0x01, 0x3f, 0x00]],
    ['with more than there is to tell', [0x01, 0x00, 0x64, 1, 2, 3, 4, 5, 6]],
  ])('is refused: %s', (_what, octets) => {
    expect(read(...octets)).toBeUndefined();
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(allocations, (allocation) => {
        expect(read(...write(allocation))).toEqual(allocation);
      }),
    );
  });

  it('never makes the reader throw, nor look beyond its octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(70), fc.nat(70), (octets, offset, size) => {
        const found = readLayersAllocation(octets, offset, size);
        if (found !== undefined) expect(offset + size).toBeLessThanOrEqual(octets.length);
      }),
    );
  });
});
