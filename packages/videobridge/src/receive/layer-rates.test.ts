import { describe, expect, it } from 'vitest';

import { videoFrame } from '../rtp/video-frame.js';
import { BitrateMeter } from './bitrate-meter.js';
import { EncodingLayers } from './encoding-layers.js';

describe('a bit rate', () => {
  it('is that of the last two seconds, and of less in the beginning', () => {
    const meter = new BitrateMeter();
    expect(meter.rate(0)).toBe(0);
    for (let now = 0; now < 1000; now += 10) meter.add(125, now);
    expect(meter.rate(990)).toBeCloseTo(100_000, -4);
    for (let now = 1000; now < 5000; now += 10) meter.add(250, now);
    expect(meter.rate(4990)).toBeCloseTo(200_000, -4);
    expect(meter.rate(6000)).toBeLessThan(110_000);
    expect(meter.rate(8000)).toBe(0);
  });
});

describe('layers that are received', () => {
  /** Two seconds of two spatial and two temporal layers with 10 kbit/s each, from `from` (ms) on. */
  function send(layers: EncodingLayers, from: number, spatialLayers: number): boolean {
    let changed = false;
    for (let now = from; now < from + 2000; now += 100) {
      for (let spatial = 0; spatial < spatialLayers; spatial++) {
        for (const temporal of [0, 1]) {
          if (layers.packet(Object.assign(videoFrame(), { spatial, temporal }), 125, now)) changed = true;
        }
      }
    }
    return changed;
  }

  it('take what they and all below them take', () => {
    const layers = new EncodingLayers(1);
    expect(send(layers, 0, 2)).toBe(true);
    expect(send(layers, 2000, 2)).toBe(false);
    const rates = layers.layers(3999).map(({ bitrate }) => Math.round(bitrate / 1000));
    expect(rates).toEqual([10, 20, 20, 40]);
  });

  it('cease when nothing of them has come for two seconds, which is told once', () => {
    const layers = new EncodingLayers(0);
    send(layers, 0, 2);
    expect(layers.ceased(2000)).toBe(false);
    send(layers, 2000, 1);
    expect([layers.ceased(4000), layers.ceased(4000)]).toEqual([true, false]);
    expect(layers.layers(4000).map(({ bitrate }) => bitrate > 0)).toEqual([true, true, false, false]);
    expect(send(layers, 4000, 2)).toBe(true);
  });

  it('are as high as the last keyframe says, or as browsers scale them', () => {
    const layers = new EncodingLayers(1);
    send(layers, 0, 1);
    expect(layers.layers(2000)[0]?.height).toBe(360);
    expect(layers.packet(Object.assign(videoFrame(), { heights: [480] }), 10, 2000)).toBe(true);
    expect(layers.packet(Object.assign(videoFrame(), { heights: [480] }), 10, 2000)).toBe(false);
    expect(layers.layers(2000)[0]?.height).toBe(480);
  });
});
