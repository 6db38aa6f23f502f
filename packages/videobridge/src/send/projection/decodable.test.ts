/** Whatever arrives in whatever order, whatever is wanted: what is sent is a valid stream for a decoder, of every codec. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { layerIndex } from '../../receive/encoding-layers.js';
import {
  type Camera,
  faultsOfCompleteness,
  faultsOfDependency,
  faultsOfOrder,
  type LayerPacket,
  type LayerReceived,
  layeredTrace,
  offerLayer,
} from './layered-trace.testing.js';
import { SourceProjection } from './source-projection.js';

// Many runs take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const PICTURES = 60;

const cameras: readonly (readonly [string, Camera])[] = [
  ['VP8 simulcast', { kind: 'vp8', encodings: 3, spatialLayers: 1, keyOnly: false, sticky: false }],
  [
    'VP8 simulcast with sticky layers',
    { kind: 'vp8', encodings: 2, spatialLayers: 1, keyOnly: false, sticky: true },
  ],
  ['VP9 simulcast', { kind: 'vp9', encodings: 3, spatialLayers: 1, keyOnly: false, sticky: false }],
  ['VP9 SVC', { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: false, sticky: false }],
  [
    'VP9 SVC with sticky layers',
    { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: false, sticky: true },
  ],
  ['VP9 k-SVC', { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: true, sticky: false }],
  [
    'VP9 k-SVC with sticky layers',
    { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: true, sticky: true },
  ],
  ['H.264 simulcast', { kind: 'h264', encodings: 3, spatialLayers: 1, keyOnly: false, sticky: false }],
  ['AV1 simulcast', { kind: 'described', encodings: 3, spatialLayers: 1, keyOnly: false, sticky: false }],
  ['AV1 SVC', { kind: 'described', encodings: 1, spatialLayers: 3, keyOnly: false, sticky: false }],
  ['AV1 k-SVC', { kind: 'described', encodings: 1, spatialLayers: 3, keyOnly: true, sticky: false }],
  [
    'AV1 simulcast of SVC',
    { kind: 'described', encodings: 2, spatialLayers: 2, keyOnly: false, sticky: false },
  ],
];

/** What is wanted, one after the other; and when the sender makes key pictures. */
const wishes = fc.record({
  targets: fc.array(
    fc.record({
      encoding: fc.nat(2),
      spatial: fc.nat(2),
      temporal: fc.nat(2),
      nothing: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  keyPictures: fc.uniqueArray(fc.integer({ min: 1, max: PICTURES - 1 }), { maxLength: 6 }),
});
const weather = fc.record({
  lost: fc.array(fc.nat(9), { minLength: 41, maxLength: 41 }),
  twice: fc.array(fc.nat(9), { minLength: 43, maxLength: 43 }),
  late: fc.array(fc.nat(12), { minLength: 47, maxLength: 47 }),
});
type Wishes = typeof wishes extends fc.Arbitrary<infer Value> ? Value : never;
type Weather = typeof weather extends fc.Arbitrary<infer Value> ? Value : never;

/** Sends `packets` through, while what is wanted changes from time to time, at whole pictures or (`midway`) within them. */
function project(packets: readonly LayerPacket[], { targets }: Wishes, midway = true): LayerReceived[] {
  const projection = new SourceProjection();
  return packets.flatMap((packet, index) => {
    const share = midway ? index / packets.length : packet.frame.picture / PICTURES;
    const { encoding, spatial, temporal, nothing } = targets[Math.floor(share * targets.length)]!;
    const wanted = nothing ? -1 : layerIndex(encoding, spatial, temporal);
    if (projection.target !== wanted) projection.target = wanted;
    return offerLayer(projection, packet) ?? [];
  });
}

/** With losses and second copies, in the order of sending. */
const lossy = (trace: readonly LayerPacket[], { lost, twice }: Weather): LayerPacket[] =>
  trace.flatMap((packet, index) =>
    lost[index % 41] === 0 ? [] : twice[index % 43] === 0 ? [packet, packet] : [packet],
  );

const disordered = (packets: readonly LayerPacket[], { late }: Weather): LayerPacket[] =>
  packets
    .map((packet, index) => ({ packet, at: index + ((late[index % 47] ?? 0) > 9 ? (index * 7) % 23 : 0) }))
    .sort((a, b) => a.at - b.at)
    .map(({ packet }) => packet);

describe.each(cameras)('the projection of %s', (_name, camera) => {
  const trace = ({ keyPictures }: Wishes): LayerPacket[] =>
    layeredTrace(camera, PICTURES, new Set(keyPictures));

  it('has no gap and lacks nothing where nothing is lost', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const packets = trace(wanted);
        const received = project(packets, wanted, false);
        expect(faultsOfOrder(received)).toEqual([]);
        expect(faultsOfDependency(received, new Set(packets))).toEqual([]);
        const alwaysOn = wanted.targets.every(({ nothing }) => !nothing);
        if (alwaysOn) expect(faultsOfCompleteness(received)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves nothing out that something else is built on, whatever is lost or comes twice', () => {
    fc.assert(
      fc.property(wishes, weather, (wanted, conditions) => {
        const packets = lossy(trace(wanted), conditions);
        const received = project(packets, wanted, false);
        expect(faultsOfOrder(received)).toEqual([]);
        expect(faultsOfDependency(received, new Set(packets))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('stays in order, whatever comes late', () => {
    fc.assert(
      fc.property(wishes, weather, (wanted, conditions) => {
        const received = project(disordered(lossy(trace(wanted), conditions), conditions), wanted);
        expect(faultsOfOrder(received)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is soon what is wanted, when key pictures come', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.nat(2), wishes, (spatial, encoding, wanted) => {
        const last = { encoding, spatial, temporal: 2, nothing: false };
        const packets = trace({ ...wanted, keyPictures: [...wanted.keyPictures, 50] });
        const received = project(
          packets,
          { ...wanted, targets: [...wanted.targets.slice(0, 3), last] },
          false,
        );
        const shown = received.filter(({ packet }) => packet.frame.picture > 50);
        if (encoding >= camera.encodings) return;
        const top = Math.min(spatial, camera.spatialLayers - 1);
        expect(new Set(shown.map(({ packet }) => packet.frame.encoding))).toEqual(new Set([encoding]));
        const pictures = new Set(
          shown
            .filter(({ packet }) => packet.frame.spatial === top)
            .map(({ packet }) => packet.frame.picture),
        );
        expect(pictures.size).toBe(PICTURES - 51);
        expect(Math.max(...shown.map(({ packet }) => packet.frame.spatial))).toBe(top);
      }),
      { numRuns: 25 },
    );
  });
});
