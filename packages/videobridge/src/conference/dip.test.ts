/** A receiver whose bandwidth dips: what it is sent meanwhile, and when it has everything again. A virtual clock. */
import { describe, expect, it } from 'vitest';

import { videoFrame } from '../rtp/video-frame.js';
import { Egress } from '../send/egress.js';
import { EndpointFormats } from './formats.js';
import { Reception } from './reception.js';
import { VideoSource } from './video-source.js';

const TICK = 20;
/** Bits a second of each encoding; its temporal layers have a half, a fourth and a fourth of it. */
const BITRATES = [200_000, 500_000, 2_000_000];
const CYCLE = [0, 2, 1, 2];

/** A camera that sends for ever, and a receiver on whose link there is `budget(ms)`; what it is sent at the end of each tick. */
function watch(budget: (now: number) => number, duration: number): string[] {
  const source = new VideoSource(
    'a',
    'a-v0',
    [
      { ssrc: 1, rtx: undefined },
      { ssrc: 2, rtx: undefined },
      { ssrc: 3, rtx: undefined },
    ],
    new EndpointFormats(),
    'camera',
  );
  const reception = new Reception('r', new Egress({ send: () => true }), new EndpointFormats(), 1, undefined);
  reception.constrain({ defaultConstraints: { maxHeight: 720 } });
  const shown: string[] = [];
  for (let now = 0; now < duration; now += TICK) {
    const turn = now / TICK;
    for (const { index, layers } of source.encodings) {
      const temporal = CYCLE[turn % 4] ?? 0;
      // Of four frames one is of layer 0 and one of layer 1.
      const share = [0.5, 0.25, 0.125][temporal] ?? 0;
      layers.packet(
        Object.assign(videoFrame(), { temporal }),
        ((BITRATES[index] ?? 0) * share * 4 * TICK) / 8000,
        now,
      );
    }
    reception.bandwidthChanged(budget(now));
    if (reception.stale || turn % 100 === 0) reception.allocate([source], budget(now), -1, now);
    const { video } = reception.state(now) as {
      video: { target: { height: number; frameRate: number } | null }[];
    };
    const target = video[0]?.target ?? null;
    shown.push(target === null ? 'nothing' : `${target.height}p${target.frameRate}`);
  }
  return shown;
}

const at = (shown: readonly string[], now: number): string | undefined => shown[Math.floor(now / TICK)];

describe('a dip of the bandwidth', () => {
  it('costs frames only for as long as there is no room for them', () => {
    const targets = watch((now) => (now < 3000 ? 4e6 : now < 3500 ? 130_000 : 300_000), 12_000);
    expect(at(targets, 2900)).toBe('720p30');
    expect(at(targets, 3400)).toBe('180p7.5');
    expect(at(targets, 3540)).toBe('180p30');
    expect(at(targets, 11_900)).toBe('180p30');
  });

  it('makes the picture smaller for three seconds at least, and no longer than ten', () => {
    const targets = watch((now) => (now < 3000 || now >= 3500 ? 4e6 : 600_000), 14_000);
    expect(at(targets, 3400)).toBe('360p30');
    expect(at(targets, 5900)).toBe('360p30');
    expect(at(targets, 9000)).toBe('720p30');
    expect(at(targets, 13_000)).toBe('720p30');
  });

  it('that comes again and again changes the size of the picture no more often than every three seconds upwards', () => {
    const targets = watch((now) => (Math.floor(now / 400) % 2 === 0 ? 4e6 : 300_000), 30_000);
    const heights = targets.map((target) => parseInt(target) || 0);
    const rises = heights.filter((height, index) => height > (heights[index - 1] ?? height));
    expect(rises.length).toBeLessThanOrEqual(10);
  });
});
