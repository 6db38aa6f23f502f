/**
 * One video source as it crosses the link to another bridge: once, with its own SSRCs and timestamps, and only those of its
 * encodings and spatial layers that somebody over there could be shown. Which quality each receiver gets the other bridge decides.
 */
import type { VideoEncoding, VideoReceiver, VideoSource } from '../conference/video-source.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import { type RtpView, writeUint16 } from '../rtp/rtp-packet.js';
import type { VideoFrame } from '../rtp/video-frame.js';
import type { ProjectedPacket } from '../send/projection/source-projection.js';
import { spatialOf } from '../receive/encoding-layers.js';
import { SequenceMap } from '../send/projection/sequence-map.js';
import { Retransmission } from '../send/retransmission.js';
import { SentLog } from '../send/sent-log.js';
import type { LinkEgress } from './link-egress.js';

/** Every layer that there can be. */
const ALL_LAYERS = 7;

/** One encoding on the link. */
class LinkedEncoding {
  readonly numbers = new SequenceMap();
  readonly log = new SentLog();
  readonly retransmission: Retransmission;
  started = false;
  /** The highest spatial layer that is wanted over there; -1: none. */
  wanted = -1;
  /** The highest that crosses: a higher one only from a frame on that is built on nothing that was left out. */
  #top = -1;
  packets = 0;
  octets = 0;

  constructor(
    readonly ssrc: number,
    egress: LinkEgress,
  ) {
    this.retransmission = new Retransmission(
      this.log,
      { ssrc, rtx: undefined, rtxPayloadType: () => undefined },
      egress,
    );
  }

  /** Begins with the packet numbered `input`, whatever it is: over there nobody has shown anything of it yet. */
  start(input: number): void {
    this.started = true;
    this.numbers.start(input, input);
    this.#top = this.wanted;
  }

  /** Whether a packet of `frame` crosses. */
  takes(frame: VideoFrame): boolean {
    const { wanted } = this;
    if (frame.start || frame.kind === 'opaque') {
      const isFirst = frame.spatial === 0;
      if (this.#top > wanted && (isFirst || wanted < 0)) this.#top = wanted;
      else if (this.#top < wanted && this.#beginsAt(frame)) this.#top = isFirst ? wanted : frame.spatial;
    }
    return frame.spatial <= Math.min(this.#top, wanted < 0 ? -1 : ALL_LAYERS);
  }

  #beginsAt({ kind, keyframe, spatial, interPicture }: VideoFrame): boolean {
    if (keyframe || (kind === 'opaque' && this.#top < 0)) return true;
    return kind === 'vp9' && spatial === this.#top + 1 && spatial <= this.wanted && !interPicture;
  }

  /** Whether `frame` would cross if only the layer had begun with a keyframe. */
  lacks(frame: VideoFrame): boolean {
    return frame.spatial > this.#top && frame.spatial <= this.wanted;
  }

  /** Whether the picture ends with `frame`, since what is above is left out. */
  endsWith(frame: VideoFrame): boolean {
    return frame.end && frame.spatial === this.#top;
  }
}

const sent: ProjectedPacket = { sequence: 0, timestamp: 0, id: -1, tl0: -1, marker: false };

export class LinkedVideo implements VideoReceiver {
  readonly #encodings: readonly LinkedEncoding[];
  /** Lines that the other bridge wants at most; -1: no limit, 0: nothing. `review` takes it into account. */
  maxHeight = 0;

  constructor(
    readonly source: VideoSource,
    private readonly egress: LinkEgress,
  ) {
    this.#encodings = source.encodings.map(({ ssrc }) => new LinkedEncoding(ssrc, egress));
  }

  /**
   * Looks anew which encodings and layers are wanted, as heights are known only by and by. The lowest always is: whoever cannot be
   * shown what it wants is shown that.
   */
  review(now: number): void {
    const limit = this.maxHeight;
    this.source.encodings.forEach(({ index, layers }, at) => {
      const encoding = this.#encodings[at] as LinkedEncoding;
      const known = layers.layers(now);
      const lowest = known[0]?.height ?? 180 << index;
      if (limit === 0 || (limit > 0 && index > 0 && lowest > limit)) encoding.wanted = -1;
      else if (limit < 0) encoding.wanted = ALL_LAYERS;
      else encoding.wanted = spatialOf(known.findLast(({ height }) => height <= limit)?.index ?? 0);
    });
  }

  takes(encoding: number): boolean {
    return (this.#encodings[encoding]?.wanted ?? -1) >= 0;
  }

  forward(
    packet: Buffer,
    _source: VideoSource,
    { index }: VideoEncoding,
    input: number,
    view: RtpView,
    frame: VideoFrame,
    now: number,
  ): boolean {
    const encoding = this.#encodings[index];
    if (encoding === undefined) return false;
    if (!encoding.started) encoding.start(input);
    if (!encoding.takes(frame)) {
      encoding.numbers.leaveOut(input);
      return encoding.lacks(frame);
    }
    const sequence = encoding.numbers.forward(input);
    if (sequence < 0) return false;
    writeUint16(packet, 2, sequence & 0xffff);
    sent.sequence = sequence;
    sent.timestamp = view.timestamp;
    sent.id = frame.id;
    sent.tl0 = frame.tl0;
    sent.marker = view.marker || encoding.endsWith(frame);
    packet[1] = (sent.marker ? 0x80 : 0) | view.payloadType;
    encoding.log.note(sent, index, input, frame);
    encoding.packets += 1;
    encoding.octets += view.payloadLength;
    this.egress.sendRtp(packet, 0, now);
    // Whoever needs one over there asks for it.
    return false;
  }

  leaveOut(index: number, input: number): void {
    const encoding = this.#encodings[index];
    if (encoding?.started === true) encoding.numbers.leaveOut(input);
  }

  senderReport(index: number, report: SenderReport, now: number): void {
    const encoding = this.#encodings[index];
    if (encoding === undefined || encoding.wanted < 0 || encoding.packets === 0) return;
    const { ssrc, packets, octets } = encoding;
    this.egress.rtt.sent(report.ntpSeconds, report.ntpFraction, now);
    this.egress.sendRtcp(
      buildSenderReport({ ...report, ssrc, packets: packets >>> 0, octets: octets >>> 0 }),
    );
  }

  /** Answers a NACK of the other bridge; how many packets were sent again. */
  nack(ssrc: number, sequences: readonly number[], now: number): number {
    const index = this.#encodings.findIndex((each) => each.ssrc === ssrc);
    return this.#encodings[index]?.retransmission.nack(this.source, sequences, index, now) ?? 0;
  }
}
