/**
 * One video stream that a receiver is sent: the projection of a source, written into the sender's own packet just before it goes,
 * with counters for its sender reports and retransmission on demand.
 */
import type { RtpView } from '../rtp/rtp-packet.js';
import { writeUint16, writeUint32 } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import { type VideoFrame, writeFrameId } from '../rtp/video-frame.js';
import type { Egress } from './egress.js';
import { type IncomingEncoding, SourceProjection } from './projection/source-projection.js';
import { type CachedSource, Retransmission, type SentStream } from './retransmission.js';
import { SentLog } from './sent-log.js';

/** When packets wait for longer than this (ms), the link has become narrow. */
const CONGESTED = 150;

export class ForwardedVideo {
  readonly #projection = new SourceProjection();
  readonly #log = new SentLog();
  #packets = 0;
  #octets = 0;
  /** Packets that the receiver has asked for again, and of these were sent again. */
  #asked = 0;
  #repeated = 0;
  /** Until then (ms) no higher quality is sent than now. */
  heldUntil = -Infinity;
  /** Made when first needed: most receivers of most sources lose nothing. */
  #retransmission: Retransmission | undefined;

  constructor(
    private readonly egress: Egress,
    private readonly stream: SentStream,
  ) {}

  /** The SSRC that the receiver sees. */
  get ssrc(): number {
    return this.stream.ssrc;
  }

  /** That of its retransmissions. */
  get rtx(): number | undefined {
    return this.stream.rtx;
  }

  /** The quality that is sent, a `layerIndex`; -1: nothing. */
  get target(): number {
    return this.#projection.target;
  }

  set target(index: number) {
    this.#projection.target = index;
    if (index < 0) this.egress.pacer.discard(this.stream);
  }

  /** The encoding that is sent at present; -1: none. */
  get current(): number {
    return this.#projection.current;
  }

  /** What is sent, for operators. */
  state(now: number): object {
    const { lastSent, current, lowering, target } = this.#projection;
    return {
      ssrc: this.ssrc,
      rtx: this.rtx ?? null,
      packets: this.#packets,
      octets: this.#octets,
      lastPacketMsAgo: lastSent === -Infinity ? null : Math.round(now - lastSent),
      encoding: current < 0 ? null : current,
      waitsForKeyframe: target >= 0 && current !== target >> 6,
      lowering,
      askedAgain: this.#asked,
      sentAgain: this.#repeated,
    };
  }

  takes(encoding: number): boolean {
    return this.#projection.current === encoding;
  }

  /** Another source takes the stream over. */
  restart(): void {
    this.#projection.restart();
    this.#log.clear();
    this.heldUntil = -Infinity;
  }

  /**
   * Sends the packet with the ever-growing number `input` if it belongs to what the receiver gets. Answers whether a keyframe is
   * needed for that.
   */
  forward(
    packet: Buffer,
    source: CachedSource,
    encoding: IncomingEncoding,
    input: number,
    view: RtpView,
    frame: VideoFrame,
    now: number,
  ): boolean {
    const projection = this.#projection;
    const { pacer } = this.egress;
    // What is too much should not delay the keyframe of what is not, nor what is sent beside it.
    if (projection.lowering && pacer.delay > CONGESTED) {
      projection.restart();
      pacer.discard(this.stream);
    }
    if (!projection.offer(encoding, input, view, frame, now)) return projection.needsKeyframe;
    const { projected } = projection;
    packet[1] = (projected.marker ? 0x80 : 0) | view.payloadType;
    writeUint16(packet, 2, projected.sequence & 0xffff);
    writeUint32(packet, 4, projected.timestamp);
    writeUint32(packet, 8, this.stream.ssrc);
    if (projected.id >= 0) writeFrameId(packet, frame.idOffset, frame.idBits, projected.id);
    if (projected.tl0 >= 0) packet[frame.tl0Offset] = projected.tl0;
    this.#log.note(projected, encoding.index, input, frame);
    this.#packets += 1;
    this.#octets += view.payloadLength;
    if (pacer.admit(packet.length, now)) this.egress.sendRtp(packet, view.transportCcOffset, now);
    else this.#delay(source, packet.length, projected.sequence & 0xffff);
    return projection.needsKeyframe;
  }

  /** A packet of `encoding` that nobody is sent. */
  leaveOut(encoding: number, input: number): void {
    this.#projection.leaveOut(encoding, input);
  }

  /**
   * Forwards the sender's report on the encoding that is sent, with the receiver's timestamps and with counts of what it was sent
   * (RFC 3550 s.6.4.1); nothing before the first packet.
   */
  senderReport(encoding: number, report: SenderReport, now: number): void {
    if (this.#packets === 0 || encoding !== this.#projection.current) return;
    const { ntpSeconds, ntpFraction } = report;
    this.egress.rtt.sent(ntpSeconds, ntpFraction, now);
    this.egress.sendRtcp(
      buildSenderReport({
        ssrc: this.stream.ssrc,
        ntpSeconds,
        ntpFraction,
        rtpTimestamp: (report.rtpTimestamp + this.#projection.timestampDelta) >>> 0,
        packets: this.#packets >>> 0,
        octets: this.#octets >>> 0,
      }),
    );
  }

  #delay(source: CachedSource, size: number, sequence: number): void {
    const send = (now: number): void => this.#again.sendDelayed(source, sequence, now);
    this.egress.pacer.wait({ size, owner: this.stream, send });
  }

  get #again(): Retransmission {
    this.#retransmission ??= new Retransmission(this.#log, this.stream, this.egress);
    return this.#retransmission;
  }

  /**
   * Answers a NACK of the receiver; how many packets were sent again. Those of an encoding that is not sent any more help nobody: the
   * keyframe of another has come, or is what the decoder waits for.
   */
  nack(source: CachedSource, sequences: readonly number[], now: number): number {
    const { current } = this.#projection;
    this.#asked += sequences.length;
    const repeated = current < 0 ? 0 : this.#again.nack(source, sequences, current, now);
    this.#repeated += repeated;
    return repeated;
  }

  /** Sends about `octets` of padding: repetitions of what was sent last. Answers how many octets that were. */
  pad(source: CachedSource, octets: number, now: number): number {
    return this.#packets === 0 ? 0 : this.#again.pad(source, octets, now);
  }
}
