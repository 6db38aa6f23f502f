import { describe, expect, it } from 'vitest';

import type { AllocatedLayer } from '../rtp/layers-allocation.js';
import { videoFrame } from '../rtp/video-frame.js';
import { EncodingLayers } from './encoding-layers.js';

const of = (layers: EncodingLayers, now: number, byTargets = false) =>
  layers.layers(now, byTargets).map(({ height, frameRate, bitrate }) => [height, frameRate, bitrate]);

/** A second of packets of three temporal layers, 100 octets each, in the one spatial layer. */
function received(): EncodingLayers {
  const layers = new EncodingLayers(1);
  for (let index = 0; index < 30; index++) {
    layers.packet(Object.assign(videoFrame(), { temporal: [0, 2, 1, 2][index % 4] }), 100, index * 33);
  }
  return layers;
}

const told = (size?: AllocatedLayer['size']): AllocatedLayer => ({
  stream: 1,
  spatial: 0,
  targets: [200, 300, 500],
  ...(size !== undefined && { size }),
});

describe('the layers of an encoding', () => {
  it('are guessed while nobody tells: as browsers scale, at 30 frames a second', () => {
    expect(of(received(), 1000).map(([height, frameRate]) => [height, frameRate])).toEqual([
      [360, 7.5],
      [360, 15],
      [360, 30],
    ]);
  });

  it('are what the sender says of them, also while it does not repeat their size', () => {
    const layers = received();
    expect(layers.tell([told({ width: 960, height: 540, frameRate: 24 })])).toBe(true);
    expect(layers.tell([told()])).toBe(false);
    expect(of(layers, 1000).map(([height, frameRate]) => [height, frameRate])).toEqual([
      [540, 6],
      [540, 12],
      [540, 24],
    ]);
    expect(layers.tell([told({ width: 640, height: 360, frameRate: 24 })])).toBe(true);
  });

  it('have the bit rates that were measured, or those that are meant where these are to count', () => {
    const layers = received();
    const measured = of(layers, 1000);
    expect(of(layers, 1000, true)).toEqual(measured);
    layers.tell([told()]);
    expect(of(layers, 1000)).toEqual(measured);
    expect(of(layers, 1000, true).map(([, , bitrate]) => bitrate)).toEqual([200_000, 300_000, 500_000]);
    layers.tell([]);
    expect(of(layers, 1000, true).map(([, , bitrate]) => bitrate)).toEqual([0, 0, 0]);
  });

  it('of which the higher is built on the lower have the bit rates of both', () => {
    const layers = new EncodingLayers(0);
    for (const spatial of [0, 1]) layers.packet(Object.assign(videoFrame(), { spatial }), 100, 0);
    layers.tell([
      { stream: 0, spatial: 0, targets: [100] },
      { stream: 0, spatial: 1, targets: [400] },
    ]);
    expect(of(layers, 10, true).map(([, , bitrate]) => bitrate)).toEqual([100_000, 500_000]);
  });
});
