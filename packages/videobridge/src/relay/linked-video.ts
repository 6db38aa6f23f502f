/**
 * One video source as it crosses the link to another bridge: once, with its own SSRCs and timestamps, and only those of its
 * encodings that somebody over there could be shown. Which quality each receiver gets the other bridge decides.
 */
import type { VideoEncoding, VideoReceiver, VideoSource } from '../conference/video-source.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import { type RtpView, writeUint16 } from '../rtp/rtp-packet.js';
import type { VideoFrame } from '../rtp/video-frame.js';
import type { ProjectedPacket } from '../send/projection/source-projection.js';
import { SequenceMap } from '../send/projection/sequence-map.js';
import { Retransmission } from '../send/retransmission.js';
import { SentLog } from '../send/sent-log.js';
import type { LinkEgress } from './link-egress.js';

/** One encoding on the link. */
class LinkedEncoding {
  readonly numbers = new SequenceMap();
  readonly log = new SentLog();
  readonly retransmission: Retransmission;
  started = false;
  /** Whether it crosses at present. */
  wanted = false;
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
}

const sent: ProjectedPacket = { sequence: 0, timestamp: 0, id: -1, tl0: -1, marker: false };

export class LinkedVideo implements VideoReceiver {
  readonly #encodings: readonly LinkedEncoding[];
  #maxHeight = 0;

  constructor(
    readonly source: VideoSource,
    private readonly egress: LinkEgress,
  ) {
    this.#encodings = source.encodings.map(({ ssrc }) => new LinkedEncoding(ssrc, egress));
  }

  /** Lines that the other bridge wants at most; -1: no limit, 0: nothing. */
  get maxHeight(): number {
    return this.#maxHeight;
  }

  set maxHeight(height: number) {
    this.#maxHeight = height;
  }

  /**
   * Looks anew which encodings are wanted, as heights are known only by and by. The lowest one always is: whoever cannot be
   * shown what it wants is shown that.
   */
  review(now: number): void {
    const limit = this.#maxHeight;
    this.source.encodings.forEach(({ index, layers }, at) => {
      const encoding = this.#encodings[at] as LinkedEncoding;
      const height = layers.layers(now)[0]?.height ?? 180 << index;
      encoding.wanted = limit !== 0 && (limit < 0 || index === 0 || height <= limit);
    });
  }

  takes(encoding: number): boolean {
    return this.#encodings[encoding]?.wanted === true;
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
    if (!encoding.started) {
      encoding.started = true;
      encoding.numbers.start(input, input);
    }
    if (!encoding.wanted) {
      encoding.numbers.leaveOut(input);
      return false;
    }
    const sequence = encoding.numbers.forward(input);
    if (sequence < 0) return false;
    writeUint16(packet, 2, sequence & 0xffff);
    sent.sequence = sequence;
    sent.timestamp = view.timestamp;
    sent.id = frame.id;
    sent.tl0 = frame.tl0;
    sent.marker = view.marker;
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
    if (encoding?.wanted !== true || encoding.packets === 0) return;
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
