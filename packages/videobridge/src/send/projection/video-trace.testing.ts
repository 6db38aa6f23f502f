/**
 * A camera with simulcast and temporal layers as real packets, and a decoder's view of what a receiver is sent: for tests of
 * projections with generated traces.
 */
import { DependencyDescriptorReader } from '../../rtp/dependency-descriptor.js';
import { readFrame } from '../../rtp/frame-reader.js';
import { NO_EXTENSIONS, readRtp, rtpView } from '../../rtp/rtp-packet.js';
import { videoFrame } from '../../rtp/video-frame.js';
import type { ProjectedPacket, SourceProjection } from './source-projection.js';

const HEADER = 12;
/** Temporal layer by position in the cycle, and whether the frame depends on layer 0 alone. */
const CYCLE: readonly (readonly [number, boolean])[] = [
  [0, false],
  [2, true],
  [1, true],
  [2, false],
  [0, false],
  [2, false],
  [1, false],
  [2, false],
];

/** A frame as it was encoded. */
export interface EncodedFrame {
  readonly uid: number;
  readonly encoding: number;
  readonly temporal: number;
  readonly keyframe: boolean;
  /** Frames that must have been decoded before. */
  readonly needs: readonly EncodedFrame[];
  readonly packets: readonly TracePacket[];
}

export interface TracePacket {
  readonly frame: EncodedFrame;
  readonly data: Buffer;
  /** Ever-growing sequence number. */
  readonly input: number;
  /** ms. */
  readonly sent: number;
}

/** One encoding of the camera. */
class Encoder {
  #sequence: number;
  #picture: number;
  #tl0: number;
  #position = 0;
  #latest: (EncodedFrame | undefined)[] = [];

  constructor(
    private readonly encoding: number,
    private readonly clockOffset: number,
  ) {
    this.#sequence = 65536 + 65500 + encoding * 7;
    this.#picture = 32760 + encoding;
    this.#tl0 = 250 + encoding;
  }

  encode(uid: number, now: number, forceKeyframe: boolean): EncodedFrame {
    const keyframe = forceKeyframe || this.#latest[0] === undefined;
    if (keyframe) this.#position = 0;
    const [temporal, sync] = CYCLE[this.#position++ % CYCLE.length] ?? [0, false];
    const needs = keyframe ? [] : this.#needs(temporal, sync);
    const packets: TracePacket[] = [];
    const frame: EncodedFrame = { uid, encoding: this.encoding, temporal, keyframe, needs, packets };
    if (temporal === 0) this.#tl0 += 1;
    this.#picture += 1;
    const count = (keyframe ? 3 : 1) + (uid % 2);
    for (let index = 0; index < count; index++) {
      packets.push(this.#packet(frame, index, count, now, sync && !keyframe));
    }
    if (keyframe) this.#latest = [frame, frame, frame];
    else this.#latest[temporal] = frame;
    return frame;
  }

  #needs(temporal: number, sync: boolean): EncodedFrame[] {
    const layers = sync ? [0] : Array.from({ length: temporal + 1 }, (_, layer) => layer);
    return layers.map((layer) => this.#latest[layer]).filter((frame) => frame !== undefined);
  }

  #packet(frame: EncodedFrame, index: number, count: number, now: number, sync: boolean): TracePacket {
    const data = Buffer.alloc(HEADER + 10 + 14);
    this.#sequence += 1;
    data.writeUInt8(0x80, 0);
    data.writeUInt8((index === count - 1 ? 0x80 : 0) | 100, 1);
    data.writeUInt16BE(this.#sequence & 0xffff, 2);
    data.writeUInt32BE((now * 90 + this.clockOffset) >>> 0, 4);
    data.writeUInt32BE(1000 + this.encoding, 8);
    data.writeUInt8(index === 0 ? 0x90 : 0x80, HEADER);
    data.writeUInt8(0xe0, HEADER + 1);
    data.writeUInt16BE(0x8000 | (this.#picture & 0x7fff), HEADER + 2);
    data.writeUInt8(this.#tl0 & 0xff, HEADER + 4);
    data.writeUInt8((frame.temporal << 6) | (sync ? 0x20 : 0), HEADER + 5);
    data.writeUInt8(frame.keyframe ? 0 : 1, HEADER + 6);
    data.writeUInt32BE(frame.uid, HEADER + 6 + 10);
    return { frame, data, input: this.#sequence, sent: now };
  }
}

/** `frames` frames at 30 a second of `encodings` encodings; at `keyframes` (frame numbers) all begin anew. */
export function simulcastTrace(
  encodings: number,
  frames: number,
  keyframes: ReadonlySet<number>,
): TracePacket[] {
  const encoders = Array.from({ length: encodings }, (_, index) => new Encoder(index, index * 123_456_789));
  const trace: TracePacket[] = [];
  for (let number = 0; number < frames; number++) {
    for (const [index, encoder] of encoders.entries()) {
      const frame = encoder.encode(number * encodings + index, 1000 + number * 33, keyframes.has(number));
      trace.push(...frame.packets);
    }
  }
  return trace;
}

/** A packet as the receiver gets it. */
export interface Received extends ProjectedPacket {
  readonly frame: EncodedFrame;
  readonly input: number;
}

const view = rtpView();
const read = videoFrame();
const descriptor = new DependencyDescriptorReader();

/** Offers one packet of a trace; what the receiver is sent of it. */
export function offer(projection: SourceProjection, packet: TracePacket): Received | undefined {
  if (!readRtp(packet.data, NO_EXTENSIONS, view)) throw new Error('the trace is malformed');
  if (!readFrame(packet.data, view, 'vp8', descriptor, read)) throw new Error('the trace is malformed');
  const encoding = { index: packet.frame.encoding, descriptor };
  const accepted = projection.offer(encoding, packet.input, view, read, packet.sent);
  return accepted ? { ...projection.projected, frame: packet.frame, input: packet.input } : undefined;
}

/** Frames of which everything has come, in the order of their picture ids. */
export function completeFrames(received: readonly Received[]): EncodedFrame[] {
  const byFrame = new Map<EncodedFrame, Received[]>();
  for (const packet of received) byFrame.set(packet.frame, [...(byFrame.get(packet.frame) ?? []), packet]);
  return [...byFrame]
    .filter(([frame, packets]) => packets.length === frame.packets.length)
    .sort(([, a], [, b]) => (a[0]?.id ?? 0) - (b[0]?.id ?? 0))
    .map(([frame]) => frame);
}

/** Those of `frames`, in this order, that a decoder could not decode although it was told to. */
export function undecodable(frames: readonly EncodedFrame[]): EncodedFrame[] {
  const decoded = new Set<EncodedFrame>();
  return frames.filter((frame) => {
    if (frame.keyframe || frame.needs.every((needed) => decoded.has(needed))) {
      decoded.add(frame);
      return false;
    }
    return true;
  });
}

/** Packets with which a decoder could do nothing although no number is missing that would tell it why. */
export function senseless(received: readonly Received[]): Received[] {
  const sorted = [...received].sort((a, b) => a.sequence - b.sequence);
  const decoded = new Set<EncodedFrame>();
  // After a gap nothing can be said until a keyframe begins.
  let knows = false;
  return sorted.filter((packet, index) => {
    const { frame } = packet;
    const before = sorted[index - 1];
    if (before !== undefined && packet.sequence !== before.sequence + 1) knows = false;
    if (before?.frame === frame) return knows && before.input !== packet.input - 1;
    const begins = packet.input === frame.packets[0]?.input;
    const follows = before === undefined || !knows || endsFrame(before);
    if (frame.keyframe && begins) {
      knows = true;
      decoded.clear();
    }
    if (!knows) return false;
    const decodable = frame.keyframe || frame.needs.every((needed) => decoded.has(needed));
    decoded.add(frame);
    return !begins || !follows || !decodable;
  });
}

const endsFrame = ({ frame, input }: Received): boolean => frame.packets.at(-1)?.input === input;
