import { describe, expect, it } from 'vitest';

import type { Endpoint } from './endpoint.js';
import { EndpointFormats } from './formats.js';
import type { Sender } from './sender.js';
import { VideoDistribution } from './video-distribution.js';
import { VideoSource } from './video-source.js';

/** Endpoints that look at somebody or do not, with a camera each; when a keyframe of whose was asked for. */
function table(endpoints: Readonly<Record<string, { readonly looks: boolean; readonly rtt: number }>>) {
  const asked: [string, number][] = [];
  const formats = new EndpointFormats();
  const list = Object.entries(endpoints).map(([id, { looks, rtt }], index): [string, Endpoint] => {
    const camera = new VideoSource(id, `${id}-v0`, [{ ssrc: 10 + index, rtx: undefined }], formats, 'camera');
    const reception = { looksAtStage: looks, stale: false, allocatedAt: Infinity };
    return [id, { id, connected: true, rtt, sources: [camera], reception } as unknown as Endpoint];
  });
  const core = {
    endpoints: new Map(list),
    videos: [],
    sender: (id: string) =>
      ({
        constrain: () => undefined,
        requestKeyframe: (_source: VideoSource, _receiver: string | undefined, now: number) =>
          asked.push([id, now]),
      }) as unknown as Sender,
  };
  const distribution = new VideoDistribution(core, { speechOrder: () => [], lastN: () => -1 });
  const speak = (id: string): [string, number][] => {
    asked.length = 0;
    distribution.speakerChanged(id, 1000);
    for (let now = 1000; now < 2000; now += 20) distribution.tick(now);
    return asked;
  };
  return speak;
}

const far = { looks: true, rtt: 200 };
const near = { looks: true, rtt: 20 };
const tiles = { looks: false, rtt: 20 };

describe('when somebody begins to speak', () => {
  it('a keyframe is asked for once, to come when those who look at the speaker want it', () => {
    expect(table({ a: near, b: far, c: near })('a')).toEqual([['a', 1200]]);
    expect(table({ a: near, b: near, c: near })('a')).toEqual([['a', 1020]]);
    expect(table({ a: far, b: near, c: near })('a')).toEqual([['a', 1020]]);
  });

  it('none is asked for where nobody looks at the speaker, or everybody does already', () => {
    expect(table({ a: near, b: tiles, c: tiles })('a')).toEqual([]);
    expect(table({ a: near, b: near })('a')).toEqual([]);
    expect(table({ a: near, b: near, c: near })('nobody')).toEqual([]);
  });
});
