import { describe, expect, it } from 'vitest';

import { LinkHistory } from './link-history.js';

const link = (packets: number, reported: number, lost: number) => ({
  bandwidth: 1_000_000,
  feedback: { reported, lost },
  packets,
  pacer: { delay: 12 },
  rtt: { value: undefined },
});
const video = { bitrate: 500_000, idealBitrate: 900_000 };

describe('the history of a link', () => {
  it('has a sample of each second, with what was lost in it', () => {
    const history = new LinkHistory();
    history.observe(link(100, 0, 0), video, 5000);
    history.observe(link(150, 20, 20), video, 5500);
    history.observe(link(200, 100, 5), video, 6000);
    expect(history.lossPercent).toBe(5);
    expect(history.state(8000)).toEqual([
      {
        secondsAgo: 3,
        estimate: 1_000_000,
        video: 500_000,
        ideal: 900_000,
        lossPercent: 0,
        rtt: null,
        queueMs: 12,
        packets: 100,
      },
      expect.objectContaining({ secondsAgo: 2, lossPercent: 5, packets: 100 }),
    ]);
  });

  it('holds two minutes and no more', () => {
    const history = new LinkHistory();
    for (let second = 0; second < 300; second++) history.observe(link(second, 0, 0), video, second * 1000);
    const samples = history.state(299_000) as { secondsAgo: number }[];
    expect([samples.length, samples[0]?.secondsAgo, samples.at(-1)?.secondsAgo]).toEqual([120, 119, 0]);
  });
});
