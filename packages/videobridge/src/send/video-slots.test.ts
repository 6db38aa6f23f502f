import { describe, expect, it } from 'vitest';

import { Egress } from './egress.js';
import { VideoSlots } from './video-slots.js';

function slots(most: number): VideoSlots {
  let ssrc = 100;
  const egress = new Egress({ send: () => true });
  return new VideoSlots(egress, { most, newSsrc: () => ssrc++, rtxPayloadType: () => undefined });
}

describe('the streams on which others are seen', () => {
  it('are as many as there are sources, up to the limit', () => {
    const streams = slots(2);
    const [a, b] = [streams.take(), streams.take()];
    expect([a.ssrc, a.rtx, b.ssrc, b.rtx]).toEqual([100, 101, 102, 103]);
    expect([a, b]).toContain(streams.take());
  });

  it('go to a new source from one that is sent nothing, the one that has waited longest', () => {
    const streams = slots(3);
    const [a, b, c] = [streams.take(), streams.take(), streams.take()];
    a.target = 64;
    expect(streams.take()).toBe(b);
    b.target = 64;
    expect(streams.take()).toBe(c);
  });

  it('begin anew, also when they are taken from a source that is sent', () => {
    const streams = slots(1);
    const a = streams.take();
    a.target = 64;
    expect(streams.take()).toBe(a);
    expect({ target: a.target, current: a.current }).toEqual({ target: -1, current: -1 });
  });

  it('of sources that have gone are taken first', () => {
    const streams = slots(2);
    const [a, b] = [streams.take(), streams.take()];
    b.target = 64;
    streams.release(b);
    expect(streams.take()).toBe(b);
    expect(streams.take()).toBe(a);
  });
});
