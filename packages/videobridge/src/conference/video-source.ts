/**
 * A camera or a screen of an endpoint: the encodings that it sends, who receives it, and how high each of them wants it, so that
 * nobody sends what no one watches.
 */
import type { SourceVideoType } from '@conclave/signaling';

import { describeLayer, EncodingLayers, type Layer } from '../receive/encoding-layers.js';
import { KeyframeRequests } from '../receive/keyframe-requests.js';
import { ReceivedStream } from '../receive/received-stream.js';
import { DependencyDescriptorReader } from '../rtp/dependency-descriptor.js';
import type { LayersAllocation } from '../rtp/layers-allocation.js';
import { blankAllocation, type RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import type { VideoFrame } from '../rtp/video-frame.js';
import { PacketCache } from '../send/packet-cache.js';
import type { EndpointFormats } from './formats.js';

/** RTP ticks a millisecond of every video format (RFC 7741 s.4.1). */
const CLOCK = 90;
/** For so long (ms) bit rates of layers are told as they were, unless there are other layers. */
const LAYERS_AGE = 100;
/** Between two changes of layers that are acted on, in ms. */
const LAYERS_INTERVAL = 200;

/** One encoding as the focus has signalled it: its SSRC and the one of its retransmissions. */
export interface SignalledEncoding {
  readonly ssrc: number;
  readonly rtx: number | undefined;
}

/** One encoding as it is received. */
export class VideoEncoding {
  readonly ssrc: number;
  readonly rtx: number | undefined;
  readonly stream: ReceivedStream;
  readonly layers: EncodingLayers;
  readonly descriptor = new DependencyDescriptorReader();
  readonly cache = new PacketCache();

  constructor(
    /** Position among the encodings of the source, lowest first. */
    readonly index: number,
    { ssrc, rtx }: SignalledEncoding,
  ) {
    this.ssrc = ssrc;
    this.rtx = rtx;
    this.stream = new ReceivedStream(ssrc, CLOCK, true);
    this.layers = new EncodingLayers(index);
  }
}

/** Somebody who is sent something of a source. Packets are shared, so that what is written into one must be written each time. */
export interface VideoReceiver {
  /** Takes the packet with the ever-growing number `input`; answers whether a keyframe is needed. */
  forward(
    packet: Buffer,
    source: VideoSource,
    encoding: VideoEncoding,
    input: number,
    view: RtpView,
    frame: VideoFrame,
    now: number,
  ): boolean;
  /** A packet that nobody is sent, such as padding, leaves no gap. */
  leaveOut(encoding: number, input: number): void;
  senderReport(encoding: number, report: SenderReport, now: number): void;
  /** Whether it is sent that encoding at present. */
  takes(encoding: number): boolean;
}

export class VideoSource {
  readonly type = 'video';
  readonly encodings: readonly VideoEncoding[];
  readonly keyframes = new KeyframeRequests();
  /** Those who are sent something of it, links before endpoints. */
  #receivers: readonly VideoReceiver[] = [];
  readonly #links = new Set<VideoReceiver>();
  /** Lines that each receiver wants at most, by endpoint id; -1: no limit. */
  readonly #wishes = new Map<string, number>();
  #wished = false;
  #layersChanged = false;
  #layersTaken = -Infinity;
  #layers: readonly Layer[] = [];
  #layersAt = -Infinity;
  #layersByTargets = false;

  constructor(
    /** Endpoint id of the sender. */
    readonly owner: string,
    readonly name: string,
    encodings: readonly [SignalledEncoding, ...SignalledEncoding[]],
    /** The sender's. */
    readonly formats: EndpointFormats,
    public videoType: SourceVideoType,
  ) {
    this.encodings = encodings.map((encoding, index) => new VideoEncoding(index, encoding));
  }

  /** The SSRC that receivers know. */
  get ssrc(): number {
    return (this.encodings[0] as VideoEncoding).ssrc;
  }

  get rtx(): number | undefined {
    return this.encodings[0]?.rtx;
  }

  /**
   * Forwards a packet, new or recovered, to all who get it. Answers whether somebody needs a keyframe.
   * @param input its ever-growing number in its encoding
   */
  forward(
    packet: Buffer,
    encoding: VideoEncoding,
    input: number,
    view: RtpView,
    frame: VideoFrame,
    now: number,
  ): boolean {
    if (encoding.layers.packet(frame, packet.length, now)) this.#layersChanged = true;
    if (encoding.descriptor.changed) this.#layersChanged = true;
    const receivers = this.#receivers;
    if (receivers.length === 0) return false;
    let keyframeNeeded = false;
    let index = 0;
    if (view.allocationOffset !== 0) {
      // Other bridges go by it as well; to endpoints it would say what they are not sent.
      for (; index < this.#links.size; index++) {
        (receivers[index] as VideoReceiver).forward(packet, this, encoding, input, view, frame, now);
      }
      blankAllocation(packet, view);
    }
    for (; index < receivers.length; index++) {
      if ((receivers[index] as VideoReceiver).forward(packet, this, encoding, input, view, frame, now)) {
        keyframeNeeded = true;
      }
    }
    if (this.isSent(encoding)) encoding.cache.insert(input & 0xffff, packet, now);
    return keyframeNeeded;
  }

  /** A packet that nobody is sent, such as padding, leaves no gap. */
  leaveOut(encoding: VideoEncoding, input: number): void {
    for (const receiver of this.#receivers) receiver.leaveOut(encoding.index, input);
  }

  senderReport(encoding: VideoEncoding, report: SenderReport, now: number): void {
    for (const receiver of this.#receivers) receiver.senderReport(encoding.index, report, now);
  }

  /** What arrives, and who wants how much of it, for operators. */
  state(now: number): object {
    const { encodings, keyframes, maxHeight, name, videoType } = this;
    return {
      name,
      type: 'video',
      videoType,
      // What its owner is asked for, and by whom.
      maxHeight: maxHeight ?? null,
      wanted: Object.fromEntries(this.#wishes),
      keyframes: keyframes.state(now),
      encodings: encodings.map(({ ssrc, rtx, stream, layers }) => ({
        ssrc,
        rtx: rtx ?? null,
        ...stream.statistics.state(now),
        missing: stream.nacks?.missing ?? 0,
        recovered: stream.restored,
        bitrate: Math.round(layers.rate(now)),
        layers: layers.layers(now).map(describeLayer),
        // The sender's own word (VLA).
        told: layers.told?.map(({ spatial, targets, size }) => ({ spatial, kbps: targets, ...size })) ?? null,
      })),
    };
  }

  /** Whether anybody is sent `encoding` at present, so that its losses matter. */
  isSent(encoding: VideoEncoding): boolean {
    for (const receiver of this.#receivers) if (receiver.takes(encoding.index)) return true;
    return false;
  }

  /** Begins (or ceases) to forward to `receiver`. */
  setReceiver(receiver: VideoReceiver, receives: boolean): void {
    const without = this.#receivers.filter((each) => each !== receiver);
    this.#links.delete(receiver);
    this.#receivers = receives ? [...without, receiver] : without;
  }

  /** Begins to forward to `link`, before all who write into packets: it is sent them as they came. */
  addLink(link: VideoReceiver): void {
    this.#links.add(link);
    this.#receivers = [link, ...this.#receivers];
  }

  /** Notes what the sender says that it sends at present, in all encodings. */
  allocated({ streams, layers }: LayersAllocation): void {
    if (streams > this.encodings.length) return;
    for (const encoding of this.encodings) {
      const own = layers.filter(({ stream }) => stream === encoding.index);
      if (encoding.layers.tell(own)) this.#layersChanged = true;
    }
  }

  /** Whether the layers have changed since the last call; a sender that changes them all the time is heard now and then. */
  takeLayersChanged(now: number): boolean {
    if (!this.#layersChanged || now - this.#layersTaken < LAYERS_INTERVAL) return false;
    this.#layersChanged = false;
    this.#layersTaken = now;
    return true;
  }

  /** To be called now and then: notes layers that have ceased. */
  checkLayers(now: number): void {
    for (const { layers } of this.encodings) if (layers.ceased(now)) this.#layersChanged = true;
  }

  /**
   * All layers of all encodings, lowest first, with their bit rates of now or a moment ago.
   * @param byTargets what the sender means to send, where it says so, rather than what it has sent
   */
  layers(now: number, byTargets = false): readonly Layer[] {
    if (this.#outdated(byTargets, now)) {
      this.#layers = this.encodings.flatMap(({ layers }) => layers.layers(now, byTargets));
      this.#layersAt = now;
      this.#layersByTargets = byTargets;
    }
    return this.#layers.length > 0 ? this.#layers : this.#unseen();
  }

  #outdated(byTargets: boolean, now: number): boolean {
    if (byTargets !== this.#layersByTargets) return true;
    const age = now - this.#layersAt;
    return age >= LAYERS_AGE || (age > 0 && this.#layersChanged);
  }

  /** Before the first packet each encoding counts as one layer. */
  #unseen(): Layer[] {
    return this.encodings.map(({ index }) => ({
      index: (index << 6) | 7,
      height: 180 << index,
      frameRate: 30,
      bitrate: 0,
    }));
  }

  /** Notes how high `receiver` wants it (undefined: not at all any more); answers whether the most that is wanted changed. */
  wish(receiver: string, maxHeight: number | undefined): boolean {
    if (maxHeight === this.#wishes.get(receiver)) return false;
    const before = this.maxHeight;
    this.#wished = true;
    if (maxHeight === undefined) this.#wishes.delete(receiver);
    else this.#wishes.set(receiver, maxHeight);
    return this.maxHeight !== before;
  }

  /** Lines that the sender needs to send: -1 without limit, 0 none; undefined while nobody has said anything. */
  get maxHeight(): number | undefined {
    if (!this.#wished) return undefined;
    let highest = 0;
    for (const height of this.#wishes.values()) {
      if (height < 0) return -1;
      if (height > highest) highest = height;
    }
    return highest;
  }
}
