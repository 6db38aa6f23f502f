import { describe, expect, it } from 'vitest';

import { layerIndex } from '../receive/encoding-layers.js';
import { DependencyDescriptorReader } from '../rtp/dependency-descriptor.js';
import { readFrame } from '../rtp/frame-reader.js';
import { parseCompound, type SenderReport } from '../rtp/rtcp.js';
import { isRtcp, NO_EXTENSIONS, readRtp, rtpView } from '../rtp/rtp-packet.js';
import { videoFrame } from '../rtp/video-frame.js';
import { Egress } from './egress.js';
import { ForwardedVideo } from './forwarded-video.js';
import { PacketCache } from './packet-cache.js';
import { simulcastTrace } from './projection/video-trace.testing.js';

/** Of the sender's clock: NTP seconds at 0 ms, and RTP time of each encoding as `simulcastTrace` has it. */
const NTP = 3_900_000_000;
const clockOffset = (encoding: number): number => encoding * 123_456_789;
const report = (encoding: number, at: number): SenderReport => ({
  kind: 'sender-report',
  ssrc: 1000 + encoding,
  ntpSeconds: NTP + Math.floor(at / 1000),
  ntpFraction: 0,
  rtpTimestamp: (at * 90 + clockOffset(encoding)) >>> 0,
  packets: 99,
  octets: 99,
  reports: [],
});

/** A receiver whose target follows `target` (by ms), of a camera with three encodings and a keyframe every second. */
function forward(target: (now: number) => number) {
  const packets: { captured: number; data: Buffer }[] = [];
  const reports: SenderReport[] = [];
  let captured = 0;
  const egress = new Egress({
    send: (packet) => {
      if (isRtcp(packet)) reports.push(parseCompound(packet)![0] as SenderReport);
      else packets.push({ captured, data: Buffer.from(packet) });
      return true;
    },
  });
  const video = new ForwardedVideo(egress, { ssrc: 7, rtx: 8, rtxPayloadType: () => 96 });
  const source = {
    encodings: [0, 1, 2].map(() => ({ cache: new PacketCache() })),
    formats: { extensions: NO_EXTENSIONS },
  };
  const [view, frame, descriptor] = [rtpView(), videoFrame(), new DependencyDescriptorReader()];
  const trace = simulcastTrace(3, 120, new Set([30, 60, 90]));
  let reported = 0;
  for (const { data, frame: encoded, input, sent } of trace) {
    captured = sent;
    video.target = target(sent);
    if (sent - reported >= 1000) {
      reported = Math.floor(sent / 1000) * 1000;
      for (const encoding of [0, 1, 2]) video.senderReport(encoding, report(encoding, reported), sent);
    }
    readRtp(data, NO_EXTENSIONS, view);
    readFrame(data, view, 'vp8', descriptor, frame);
    source.encodings[encoded.encoding]!.cache.insert(input & 0xffff, data, sent);
    video.forward(data, source, { index: encoded.encoding, descriptor }, input, view, frame, sent);
  }
  return { egress, packets, reports, video };
}

describe('what a receiver is sent of two encodings of three, one after the other', () => {
  const { packets, reports } = forward((now) => layerIndex(now < 2500 ? 0 : 2, 0, 2));

  it('has sender reports by which each picture has the time at which it was taken, so that lips stay with the voice', () => {
    expect(reports.length).toBeGreaterThanOrEqual(3);
    for (const { ntpSeconds, rtpTimestamp } of reports) {
      const at = (ntpSeconds - NTP) * 1000;
      // Those around the report: a decoder interpolates between reports.
      const near = packets.filter(({ captured }) => captured >= at && captured < at + 400);
      expect(near.length).toBeGreaterThan(5);
      for (const { captured, data } of near)
        expect(((data.readUInt32BE(4) - rtpTimestamp) | 0) / 90).toBe(captured - at);
    }
  });

  it('has reports of the encoding alone that is sent, with counts of what was sent', () => {
    const seconds = reports.map(({ ntpSeconds }) => ntpSeconds);
    expect(new Set(seconds).size).toBe(seconds.length);
    const counts = reports.map((each) => each.packets);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBeLessThanOrEqual(packets.length);
    expect(counts.at(-1)).toBeGreaterThan(packets.length / 2);
    expect(new Set(reports.map(({ ssrc }) => ssrc))).toEqual(new Set([7]));
  });

  it('has numbers, picture ids and TL0PICIDX in its packets that go on over the change', () => {
    const [view, frame, descriptor] = [rtpView(), videoFrame(), new DependencyDescriptorReader()];
    const read = packets.map(({ data }) => {
      readRtp(data, NO_EXTENSIONS, view);
      readFrame(data, view, 'vp8', descriptor, frame);
      return { number: view.sequence, id: frame.id, tl0: frame.tl0, base: frame.temporal === 0 };
    });
    read.slice(1).forEach(({ number, id, tl0, base }, index) => {
      const before = read[index]!;
      expect((number - before.number) & 0xffff).toBe(1);
      const next = (id - before.id) & 0x7fff;
      expect(next).toBeLessThanOrEqual(1);
      expect((tl0 - before.tl0) & 0xff).toBe(next === 1 && base ? 1 : 0);
    });
  });
});

describe('what waits for its turn', () => {
  it('is forgotten when the source is not wanted any more', () => {
    const egress = new Egress({ send: () => true });
    const video = new ForwardedVideo(egress, { ssrc: 7, rtx: 8, rtxPayloadType: () => 96 });
    const [view, frame, descriptor] = [rtpView(), videoFrame(), new DependencyDescriptorReader()];
    const source = { encodings: [], formats: { extensions: NO_EXTENSIONS } };
    egress.pacer.rate = 1000;
    egress.pacer.spend(10_000, 1000);
    video.target = layerIndex(0, 0, 2);
    for (const { data, input } of simulcastTrace(1, 1, new Set())) {
      readRtp(data, NO_EXTENSIONS, view);
      readFrame(data, view, 'vp8', descriptor, frame);
      video.forward(data, source, { index: 0, descriptor }, input, view, frame, 1000);
    }
    expect(egress.pacer.waiting).toBe(3);
    video.target = -1;
    expect(egress.pacer.waiting).toBe(0);
  });
});
