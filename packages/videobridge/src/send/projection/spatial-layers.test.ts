import { describe, expect, it } from 'vitest';

import { layerIndex } from '../../receive/encoding-layers.js';
import {
  descriptor,
  L2T1_STRUCTURE,
  L1T2_STRUCTURE,
  type TestStructure,
} from '../../rtp/dependency-descriptor.testing.js';
import { DependencyDescriptorReader } from '../../rtp/dependency-descriptor.js';
import { rtpView } from '../../rtp/rtp-packet.js';
import { videoFrame, type VideoFrame } from '../../rtp/video-frame.js';
import { SourceProjection } from './source-projection.js';

interface Offered {
  readonly picture: number;
  readonly spatial: number;
  readonly temporal?: number;
  readonly marker: boolean;
  readonly frame: VideoFrame;
  readonly descriptor: DependencyDescriptorReader;
}

/** What comes out of it for a receiver whose target follows `targets` (by picture). */
function project(offered: readonly Offered[], target: (picture: number) => number) {
  const projection = new SourceProjection();
  const view = rtpView();
  const asked: number[] = [];
  const sent = offered.flatMap(({ picture, spatial, marker, frame, descriptor: reader }, index) => {
    if (projection.target !== target(picture)) projection.target = target(picture);
    Object.assign(view, { marker, timestamp: picture * 3000 });
    const accepted = projection.offer(
      { index: 0, descriptor: reader },
      70_000 + index,
      view,
      frame,
      picture * 33,
    );
    if (projection.needsKeyframe) asked.push(picture);
    return accepted ? [{ picture, spatial, ...projection.projected }] : [];
  });
  return {
    sent,
    asked,
    layersOf: (picture: number) =>
      sent.filter((each) => each.picture === picture).map((each) => each.spatial),
  };
}

/** VP9 with three spatial layers; `interLayer`: built on one another in every picture (SVC), or in key pictures alone (k-SVC). */
function vp9(pictures: number, keyPictures: readonly number[], interLayer: boolean): Offered[] {
  const reader = new DependencyDescriptorReader();
  return Array.from({ length: pictures }, (_, picture) => {
    const key = keyPictures.includes(picture);
    return [0, 1, 2].map((spatial): Offered => {
      const frame = Object.assign(videoFrame(), {
        kind: 'vp9',
        keyframe: key && spatial === 0,
        start: true,
        end: true,
        id: (32_760 + picture) & 0x7fff,
        idBits: 15,
        tl0: picture & 0xff,
        spatial,
        interPicture: !key,
        interLayer: spatial > 0 && (key || interLayer),
        reference: spatial < 2 && (key || interLayer),
      } satisfies Partial<VideoFrame>);
      return { picture, spatial, marker: spatial === 2, frame, descriptor: reader };
    });
  }).flat();
}

const spatial = (layer: number): number => layerIndex(0, layer, 7);

describe('the projection of VP9 with spatial layers', () => {
  it('sends the layers up to the target, ends the picture with it and leaves no gap', () => {
    const { sent } = project(vp9(20, [0], true), () => spatial(1));
    expect(sent.map((each) => each.spatial)).toEqual(Array.from({ length: 40 }, (_, index) => index % 2));
    expect(sent.map(({ marker }) => marker)).toEqual(
      Array.from({ length: 40 }, (_, index) => index % 2 === 1),
    );
    expect(sent.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 40 }, (_, index) => 70_000 + index),
    );
    expect(sent.at(-1)!.id - sent[0]!.id).toBe(19);
  });

  it('goes down at once and up with the next picture that is built on what was sent', () => {
    const { layersOf } = project(vp9(30, [0, 20], true), (picture) =>
      spatial(picture < 5 ? 2 : picture < 10 ? 0 : 2),
    );
    expect(layersOf(4)).toEqual([0, 1, 2]);
    expect(layersOf(7)).toEqual([0]);
    // Inter-picture prediction within the layer: only a key picture brings it back.
    expect(layersOf(15)).toEqual([0]);
    expect(layersOf(21)).toEqual([0, 1, 2]);
  });

  it('of k-SVC sends the one layer that is shown, and changes it at key pictures', () => {
    const { layersOf, asked } = project(vp9(40, [0, 20, 30], false), (picture) =>
      spatial(picture < 10 ? 2 : picture < 25 ? 0 : 1),
    );
    expect(layersOf(0)).toEqual([0, 1, 2]);
    expect(layersOf(5)).toEqual([2]);
    expect(layersOf(15)).toEqual([2]);
    expect(layersOf(21)).toEqual([0]);
    expect(layersOf(31)).toEqual([1]);
    expect([...new Set(asked)]).toEqual([
      ...Array.from({ length: 10 }, (_, index) => 10 + index),
      ...Array.from({ length: 5 }, (_, index) => 25 + index),
    ]);
  });
});

/** Frames of templates, as `pattern` says for each picture. */
function described(
  structure: TestStructure,
  pictures: number,
  pattern: (picture: number) => readonly number[],
): Offered[] {
  const reader = new DependencyDescriptorReader();
  let number = 65_530;
  return Array.from({ length: pictures }, (_, picture) =>
    pattern(picture).map((template, index, all): Offered => {
      const frame = videoFrame();
      const data = descriptor({
        template,
        number: number++,
        ...(picture === 0 && index === 0 && { structure }),
      });
      if (!reader.read(data, 0, data.length, frame)) throw new Error('malformed');
      return {
        picture,
        spatial: frame.spatial,
        temporal: frame.temporal,
        marker: index === all.length - 1,
        frame: structuredClone(frame),
        descriptor: reader,
      };
    }),
  ).flat();
}

describe('the projection of described frames (AV1)', () => {
  const svc = described(L2T1_STRUCTURE, 30, (picture) => (picture === 0 ? [0, 2] : [1, 3]));
  const temporal = described(L1T2_STRUCTURE, 30, (picture) =>
    picture === 0 ? [0] : picture % 2 === 0 ? [1] : [2],
  );

  it('sends the frames of one decode target, whose numbers keep their distances', () => {
    const { sent } = project(svc, () => layerIndex(0, 0, 0));
    expect(sent.every((each) => each.spatial === 0 && each.marker)).toBe(true);
    expect(sent.map(({ id }) => id - sent[0]!.id)).toEqual(
      Array.from({ length: 30 }, (_, index) => index * 2),
    );
    expect(sent.map(({ sequence }) => sequence - sent[0]!.sequence)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
  });

  it('changes the frame rate where the frames say that one may', () => {
    const { sent } = project(temporal, (picture) => layerIndex(0, 0, picture < 10 || picture > 20 ? 1 : 0));
    const pictures = sent.map(({ picture }) => picture);
    expect(pictures.filter((picture) => picture >= 11 && picture <= 20)).toEqual([12, 14, 16, 18, 20]);
    expect(pictures.filter((picture) => picture >= 23)).toEqual([23, 24, 25, 26, 27, 28, 29]);
  });

  it('asks for a keyframe to change the size of the picture where the frames allow it only then', () => {
    const { sent, asked } = project(svc, (picture) => layerIndex(0, picture < 10 ? 0 : 1, 0));
    expect(sent.every((each) => each.spatial === 0)).toBe(true);
    expect(asked).toContain(10);
    expect(asked).not.toContain(9);
  });

  it('sends everything where the target is beyond what there is', () => {
    expect(project(temporal, () => layerIndex(0, 2, 2)).sent).toHaveLength(30);
  });
});
