/**
 * The way of a packet from one endpoint into its conference. RTP is parsed once and forwarded if its SSRC was signalled by
 * this very endpoint; RTCP ends here, apart from what concerns others (sender reports, keyframe requests).
 */
import type { MediaType } from '@conclave/signaling';

import { ReceivedStream } from '../receive/received-stream.js';
import { unwrapRtx } from '../receive/rtx.js';
import { TransportCcRecorder } from '../receive/transport-cc-recorder.js';
import { isRtcp, readRtp, rtpView } from '../rtp/rtp-packet.js';
import { parseCompound, type RtcpPacket, type ReportBlock, type SenderReport } from '../rtp/rtcp.js';
import { buildNack, buildPli, buildReceiverReports } from '../rtp/rtcp-builders.js';
import { startsVp8Keyframe } from '../rtp/vp8.js';
import type { Egress } from '../send/egress.js';
import type { EndpointFormats } from './formats.js';
import type { SentSource } from './source.js';

/** RTP ticks a millisecond: Opus and everything beside it; every video format (RFC 7587 s.4.1, 7741 s.4.1). */
const CLOCK: Readonly<Record<MediaType, number>> = { audio: 48, video: 90 };

/** What one signalled SSRC stands for. */
interface Binding {
  readonly source: SentSource;
  readonly stream: ReceivedStream;
  /** Whether this is the encoding that receivers are sent. */
  readonly forwarded: boolean;
  /** Of a retransmission SSRC: what it repeats. */
  readonly repeats: Binding | undefined;
}

/** Feedback of this endpoint as a receiver, which the conference acts on. */
export interface ReceiverFeedback {
  nack(media: number, sequences: readonly number[], now: number): void;
  keyframeWanted(media: number, now: number): void;
}

/** Packets dropped, by reason. */
export interface IngressDrops {
  malformed: number;
  unknownSsrc: number;
  unknownPayloadType: number;
  muted: number;
  tooMany: number;
}

const view = rtpView();

export class Ingress {
  readonly #transportCc = new TransportCcRecorder();
  #bindings = new Map<number, Binding>();
  readonly drops: IngressDrops = {
    malformed: 0,
    unknownSsrc: 0,
    unknownPayloadType: 0,
    muted: 0,
    tooMany: 0,
  };
  readonly muted: Record<MediaType, boolean> = { audio: false, video: false };
  #tokens = 0;
  #refilled = -Infinity;
  packets = 0;
  octets = 0;
  keyframeRequests = 0;

  constructor(
    private readonly formats: EndpointFormats,
    private readonly egress: Egress,
    /** SSRC of the bridge's own feedback. */
    private readonly feedbackSsrc: number,
    /** Packets a second beyond which they are dropped. */
    private readonly packetsPerSecond: number,
    private readonly feedback: ReceiverFeedback,
  ) {}

  /** Replaces the sources of the endpoint; what is known of SSRCs that stay is kept. */
  setSources(sources: readonly SentSource[]): void {
    const former = this.#bindings;
    const bindings = new Map<number, Binding>();
    const bind = (ssrc: number, binding: Omit<Binding, 'stream'>, recover: boolean): Binding => {
      const known = former.get(ssrc);
      const stream =
        known?.source === binding.source
          ? known.stream
          : new ReceivedStream(ssrc, CLOCK[binding.source.type], recover);
      const bound = { ...binding, stream };
      bindings.set(ssrc, bound);
      return bound;
    };
    for (const source of sources) {
      source.encodings.forEach(({ ssrc, rtx }, index) => {
        const forwarded = index === 0;
        const recover = forwarded && source.type === 'video';
        const media = bind(ssrc, { source, forwarded, repeats: undefined }, recover);
        if (rtx !== undefined) bind(rtx, { source, forwarded, repeats: media }, false);
      });
    }
    this.#bindings = bindings;
  }

  /** Takes one decrypted packet that arrived at `now` (ms). */
  receive(packet: Buffer, now: number): void {
    this.packets += 1;
    this.octets += packet.length;
    if (!this.#admit(now)) this.drops.tooMany += 1;
    else if (isRtcp(packet)) this.#receiveRtcp(packet, now);
    else this.#receiveRtp(packet, now);
  }

  /** A token bucket that holds one second's packets. */
  #admit(now: number): boolean {
    const gained = ((now - this.#refilled) * this.packetsPerSecond) / 1000;
    this.#tokens = Math.min(this.packetsPerSecond, this.#tokens + gained);
    this.#refilled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #receiveRtp(packet: Buffer, now: number): void {
    const { formats, drops } = this;
    if (!readRtp(packet, formats.extensions, view)) {
      drops.malformed += 1;
      return;
    }
    if (view.transportCcOffset !== 0) this.#recordArrival(packet, now);
    const binding = this.#bindings.get(view.ssrc);
    if (binding === undefined) {
      drops.unknownSsrc += 1;
      return;
    }
    const { source } = binding;
    const payload = formats.payload(view.payloadType);
    if (payload?.medium !== source.type) {
      drops.unknownPayloadType += 1;
      return;
    }
    if (this.muted[source.type]) {
      drops.muted += 1;
      return;
    }
    if (binding.repeats !== undefined) {
      if (payload.original === undefined) drops.unknownPayloadType += 1;
      else this.#recover(packet, binding.repeats, payload.original, now);
    } else if (payload.original !== undefined) {
      drops.unknownPayloadType += 1;
    } else if (binding.stream.received(view.sequence, view.timestamp, now) && binding.forwarded) {
      this.#forward(packet, binding, payload.vp8, now);
    }
  }

  #recover(packet: Buffer, binding: Binding, payloadType: number, now: number): void {
    if (!binding.forwarded) return;
    const original = unwrapRtx(packet, view, { payloadType, ssrc: binding.source.ssrc });
    if (original === undefined || !binding.stream.recovered(view.sequence, now)) return;
    this.#forward(original, binding, this.formats.payload(payloadType)?.vp8 ?? false, now);
  }

  #forward(packet: Buffer, { source, stream }: Binding, vp8: boolean, now: number): void {
    const { keyframes } = source;
    if (keyframes.pending && vp8 && startsVp8Keyframe(packet, view.payloadOffset, view.payloadLength)) {
      keyframes.keyframeArrived();
    }
    source.forward(packet, view, now);
    if (stream.nacks !== undefined && stream.nacks.missing !== 0) this.#requestMissing(source, stream, now);
  }

  #recordArrival(packet: Buffer, now: number): void {
    if (!this.formats.transportCcFeedback) return;
    const sequence = packet.readUInt16BE(view.transportCcOffset);
    if (!this.#transportCc.record(sequence, view.marker, now)) return;
    for (const feedback of this.#transportCc.feedback(this.feedbackSsrc, view.ssrc, now)) {
      this.egress.sendRtcp(feedback);
    }
  }

  #requestMissing(source: SentSource, stream: ReceivedStream, now: number): void {
    const sequences = stream.nacks?.due(now, this.egress.rtt.value) ?? [];
    if (sequences.length > 0) this.egress.sendRtcp(buildNack(this.feedbackSsrc, source.ssrc, sequences));
  }

  #receiveRtcp(packet: Buffer, now: number): void {
    const compound = parseCompound(packet);
    if (compound === undefined) {
      this.drops.malformed += 1;
      return;
    }
    for (const part of compound) this.#receiveRtcpPart(part, now);
  }

  #receiveRtcpPart(part: RtcpPacket, now: number): void {
    switch (part.kind) {
      case 'sender-report':
        this.#senderReport(part, now);
        for (const report of part.reports) this.egress.rtt.reported(report, now);
        break;
      case 'receiver-report':
        for (const report of part.reports) this.egress.rtt.reported(report, now);
        break;
      case 'nack':
        this.feedback.nack(part.media, part.sequences, now);
        break;
      case 'pli':
        this.feedback.keyframeWanted(part.media, now);
        break;
      case 'fir':
        for (const { ssrc } of part.entries) this.feedback.keyframeWanted(ssrc, now);
        break;
      default:
        break;
    }
  }

  #senderReport(report: SenderReport, now: number): void {
    const binding = this.#bindings.get(report.ssrc);
    if (binding === undefined || binding.repeats !== undefined) return;
    binding.stream.statistics.senderReport(report.ntpSeconds, report.ntpFraction, now);
    if (binding.forwarded && !this.muted[binding.source.type]) binding.source.senderReport(report, now);
  }

  /** Asks the endpoint for a keyframe of `source`, for `receiver` or (undefined) the bridge itself, within limits. */
  requestKeyframe(source: SentSource, receiver: string | undefined, now: number): void {
    if (source.type === 'video' && source.keyframes.request(now, receiver)) this.#sendPli(source);
  }

  #sendPli(source: SentSource): void {
    this.keyframeRequests += 1;
    this.egress.sendRtcp(buildPli(this.feedbackSsrc, source.ssrc));
  }

  /** What is due without a packet's arrival: repeated NACKs and postponed keyframe requests. */
  tick(now: number): void {
    for (const { source, stream, repeats, forwarded } of this.#bindings.values()) {
      if (!forwarded || repeats !== undefined) continue;
      if (stream.nacks !== undefined && stream.nacks.missing !== 0) this.#requestMissing(source, stream, now);
      if (source.keyframes.due(now)) this.#sendPli(source);
    }
  }

  /** Sends receiver reports on all SSRCs that were active since the last ones. */
  report(now: number): void {
    const reports: ReportBlock[] = [];
    for (const { stream, repeats } of this.#bindings.values()) {
      const report = repeats === undefined ? stream.statistics.report(now) : undefined;
      if (report !== undefined) reports.push(report);
    }
    if (reports.length > 0) this.egress.sendRtcp(buildReceiverReports(this.feedbackSsrc, reports));
  }
}
