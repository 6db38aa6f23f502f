/** Pictures so late that what was decided of them is forgotten, as their place is taken by a newer one. */
import { expect, it } from 'vitest';

import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import { SWITCH, type VideoFrame, videoFrame } from '../../rtp/video-frame.js';
import { DescribedFilter } from './described-filter.js';
import type { LayerFilter, ProjectedFrame } from './layer-filter.js';
import { Vp8Filter } from './vp8-filter.js';
import { Vp9Filter } from './vp9-filter.js';

const structure: DependencyStructure = {
  offset: 0,
  templates: [],
  decodeTargets: [{ spatial: 0, temporal: 0 }],
  heights: [],
};

it.each<[string, () => LayerFilter, Partial<VideoFrame>, number]>([
  ['VP8', () => new Vp8Filter(), { kind: 'vp8', idBits: 15 }, 128],
  ['VP9', () => new Vp9Filter(), { kind: 'vp9', idBits: 15, interPicture: true }, 128],
  ['described', () => new DescribedFilter(), { kind: 'described', idBits: 16, dtiCount: 1 }, 512],
])(
  'a %s picture whose place a newer one has is not sent, and leaves that one whole',
  (_, make, form, places) => {
    const filter = make();
    const projected: ProjectedFrame = { id: -1, tl0: -1, marker: false };
    const picture = (id: number): VideoFrame => {
      const frame = Object.assign(videoFrame(), form, { id, start: true });
      frame.dtis[0] = SWITCH;
      return frame;
    };
    const isSent = (id: number): boolean =>
      filter.accept(picture(id), { spatial: 0, temporal: 0 }, structure, projected);
    const first = Object.assign(picture(1000), { keyframe: true, interPicture: false });
    filter.begin(first, -1, -1);
    expect(filter.accept(first, { spatial: 0, temporal: 0 }, structure, projected)).toBe(true);
    const begin = projected.id;
    const late = 1010;
    for (let id = 1001; id <= late + places; id++) if (id !== late) expect(isSent(id)).toBe(true);
    expect(isSent(late)).toBe(false);
    expect(isSent(late + places)).toBe(true);
    expect(projected.id - begin).toBe(late + places - 1000);
  },
);
