import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DependencyDescriptorReader } from './dependency-descriptor.js';
import { L1T2_STRUCTURE, L2T1_STRUCTURE, descriptor } from './dependency-descriptor.testing.js';
import { videoFrame } from './video-frame.js';

const frame = videoFrame();
const read = (reader: DependencyDescriptorReader, data: Uint8Array): boolean =>
  reader.read(data, 0, data.length, frame);

describe('the dependency descriptor (AV1 RTP s.A)', () => {
  it('brings the structure with a keyframe', () => {
    const reader = new DependencyDescriptorReader();
    expect(read(reader, descriptor({ template: 0, number: 500, structure: L1T2_STRUCTURE }))).toBe(true);
    expect(frame).toMatchObject({
      kind: 'described',
      keyframe: true,
      start: true,
      end: true,
      id: 500,
      idBits: 16,
    });
    expect(reader.changed).toBe(true);
    expect(reader.structure!.decodeTargets).toEqual([
      { spatial: 0, temporal: 1 },
      { spatial: 0, temporal: 0 },
    ]);
    expect(frame.heights).toEqual([720]);
  });

  it('describes later frames by templates', () => {
    const reader = new DependencyDescriptorReader();
    read(reader, descriptor({ template: 0, number: 500, structure: L1T2_STRUCTURE }));
    expect(read(reader, descriptor({ template: 2, number: 501 }))).toBe(true);
    expect(frame).toMatchObject({ keyframe: false, temporal: 1, id: 501, dtiCount: 2, fdiffCount: 1 });
    expect([...frame.dtis.subarray(0, 2)]).toEqual([1, 0]);
    expect(frame.fdiffs[0]).toBe(1);
    expect(reader.changed).toBe(false);
  });

  it('knows spatial layers', () => {
    const reader = new DependencyDescriptorReader();
    read(reader, descriptor({ template: 0, number: 1, structure: L2T1_STRUCTURE }));
    expect(frame.heights).toEqual([360, 720]);
    read(reader, descriptor({ template: 2, number: 2 }));
    expect(frame).toMatchObject({ spatial: 1, temporal: 0 });
  });

  it('means nothing without its structure, or by a template that is not in it', () => {
    const reader = new DependencyDescriptorReader();
    expect(read(reader, descriptor({ template: 1, number: 2 }))).toBe(false);
    read(reader, descriptor({ template: 0, number: 1, structure: L1T2_STRUCTURE }));
    expect(read(reader, descriptor({ template: 9, number: 2 }))).toBe(false);
  });

  it('is refused when truncated, and never makes the reader throw', () => {
    const whole = descriptor({ template: 0, number: 1, structure: L2T1_STRUCTURE });
    for (let length = 4; length < whole.length - 1; length++) {
      expect(read(new DependencyDescriptorReader(), whole.subarray(0, length))).toBe(false);
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (descriptors) => {
        const reader = new DependencyDescriptorReader();
        for (const data of descriptors) read(reader, data);
      }),
    );
  });
});
