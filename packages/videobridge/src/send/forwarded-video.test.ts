import { describe, expect, it } from 'vitest';

import { layerIndex } from '../receive/encoding-layers.js';
import { DependencyDescriptorReader } from '../rtp/dependency-descriptor.js';
import { readFrame } from '../rtp/frame-reader.js';
import { NO_EXTENSIONS, readRtp, rtpView } from '../rtp/rtp-packet.js';
import { videoFrame } from '../rtp/video-frame.js';
import { Egress } from './egress.js';
import { ForwardedVideo } from './forwarded-video.js';
import { PacketCache } from './packet-cache.js';
import { simulcastTrace, type TracePacket } from './projection/video-trace.testing.js';

/** A receiver that is lowered from the highest to the lowest encoding at `lowered` ms; the frames that it is sent of each. */
function lowering(trace: readonly TracePacket[], lowered: number, narrow: boolean) {
  const egress = new Egress({ send: () => true });
  const video = new ForwardedVideo(egress, { ssrc: 1, rtx: 2, rtxPayloadType: () => 96 });
  const source = {
    encodings: [0, 1, 2].map(() => ({ cache: new PacketCache() })),
    formats: { extensions: NO_EXTENSIONS },
  };
  const [view, frame, descriptor] = [rtpView(), videoFrame(), new DependencyDescriptorReader()];
  const taken: TracePacket[] = [];
  let asked = false;
  for (const packet of trace) {
    const { encoding } = packet.frame;
    if (!readRtp(packet.data, NO_EXTENSIONS, view)) throw new Error('the trace is malformed');
    if (!readFrame(packet.data, view, 'vp8', descriptor, frame)) throw new Error('the trace is malformed');
    video.target = packet.sent < lowered ? layerIndex(2, 0, 2) : layerIndex(0, 0, 2);
    if (packet.sent >= lowered && narrow && egress.pacer.waiting === 0) {
      egress.pacer.rate = 100_000;
      egress.pacer.spend(10_000, packet.sent);
      egress.pacer.wait({ size: 10_000, send: () => undefined });
    }
    const before = video.current;
    const input = packet.input;
    source.encodings[encoding]?.cache.insert(input & 0xffff, packet.data, packet.sent);
    const sent = [...packet.data];
    if (
      video.forward(packet.data, source, { index: encoding, descriptor }, input, view, frame, packet.sent)
    ) {
      if (packet.sent >= lowered) asked = true;
    }
    // What is forwarded is written into, and be it the SSRC only.
    if (video.current === encoding && (before === encoding || frame.keyframe)) {
      if (packet.data.some((octet, index) => octet !== sent[index])) taken.push(packet);
    }
  }
  return { taken, asked };
}

describe('a receiver whose quality is lowered', () => {
  const [start, frame] = [1000, 33];
  const trace = () => simulcastTrace(3, 60, new Set([40]));
  const lowered = start + 20 * frame;

  it('is sent fewer frames of what is too much until a keyframe of the other comes', () => {
    const { taken, asked } = lowering(trace(), lowered, false);
    expect(asked).toBe(true);
    const between = taken.filter(({ sent }) => sent >= lowered && sent < start + 40 * frame);
    expect(new Set(between.map((packet) => packet.frame.encoding))).toEqual(new Set([2]));
    expect(new Set(between.map((packet) => packet.frame.temporal))).toEqual(new Set([0]));
    const after = taken.filter(({ sent }) => sent > start + 40 * frame);
    expect(new Set(after.map((packet) => packet.frame.encoding))).toEqual(new Set([0]));
  });

  it('is sent none of them while packets wait for its link', () => {
    const { taken, asked } = lowering(trace(), lowered, true);
    expect(asked).toBe(true);
    const after = taken.filter(({ sent }) => sent >= lowered);
    expect(new Set(after.map((packet) => packet.frame.encoding))).toEqual(new Set([0]));
    expect(Math.min(...after.map(({ sent }) => sent))).toBe(start + 40 * frame);
  });
});
