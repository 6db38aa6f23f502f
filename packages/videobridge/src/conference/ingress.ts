/**
 * The way of a packet from one endpoint into its conference. RTP is parsed once and forwarded if its SSRC was signalled by
 * this very endpoint; RTCP ends here, apart from what concerns others (sender reports, keyframe requests).
 */
import type { MediaType } from '@conclave/signaling';

import { unwrapRtx } from '../receive/rtx.js';
import { TransportCcRecorder } from '../receive/transport-cc-recorder.js';
import { translateExtensions } from '../rtp/extension-ids.js';
import { readFrame } from '../rtp/frame-reader.js';
import { readLayersAllocation } from '../rtp/layers-allocation.js';
import { blankDescriptor, isRtcp, readRtp, rtpView } from '../rtp/rtp-packet.js';
import { parseCompound, type RtcpPacket, type ReportBlock, type SenderReport } from '../rtp/rtcp.js';
import { buildNack, buildPli, buildReceiverReports } from '../rtp/rtcp-builders.js';
import { videoFrame } from '../rtp/video-frame.js';
import type { Egress } from '../send/egress.js';
import type { AudioSource } from './audio-source.js';
import type { EndpointFormats, Payload } from './formats.js';
import type { BridgeLimits } from './limits.js';
import type { SentSource } from './source.js';
import type { Traffic } from './traffic.js';
import { TokenBucket } from './token-bucket.js';
import type { VideoEncoding, VideoSource } from './video-source.js';

/** What one signalled SSRC stands for. */
type Binding =
  | { readonly kind: 'audio'; readonly source: AudioSource }
  | { readonly kind: 'video'; readonly source: VideoSource; readonly encoding: VideoEncoding }
  /** Retransmissions of that encoding. */
  | { readonly kind: 'rtx'; readonly source: VideoSource; readonly encoding: VideoEncoding };

/** What an endpoint's packets mean to others. */
export interface IngressHost {
  /** Feedback of this endpoint as a receiver. */
  nack(media: number, sequences: readonly number[], now: number): void;
  keyframeWanted(media: number, now: number): void;
  /** How loud an audio packet of `owner` is, 0 (silence) … 127; answers whether it is to be forwarded. */
  audioLevel(owner: string, level: number, now: number): boolean;
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
const frame = videoFrame();

/** What there is to tell of the streams of an endpoint, of those that have gone too. */
export type ReceptionCounts = Pick<
  { -readonly [Counter in keyof Traffic]: number },
  'packetsExpected' | 'packetsLost' | 'keyframes' | 'layerChanges' | 'videoMilliseconds'
>;

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
  readonly #rate: TokenBucket;
  readonly #rtcpRate: TokenBucket;
  packets = 0;
  octets = 0;
  keyframeRequests = 0;
  readonly counts: ReceptionCounts = {
    packetsExpected: 0,
    packetsLost: 0,
    keyframes: 0,
    layerChanges: 0,
    videoMilliseconds: 0,
  };
  /** Of the last reports, in ms. */
  #reported = -1;

  constructor(
    private readonly formats: EndpointFormats,
    private readonly egress: Egress,
    /** SSRC of the bridge's own feedback. */
    private readonly feedbackSsrc: number,
    limits: Pick<BridgeLimits, 'packetsPerSecond' | 'rtcpPerSecond'>,
    private readonly host: IngressHost,
  ) {
    this.#rate = new TokenBucket(limits.packetsPerSecond);
    this.#rtcpRate = new TokenBucket(limits.rtcpPerSecond);
  }

  /** Replaces the sources of the endpoint. */
  setSources(sources: readonly SentSource[]): void {
    const bindings = new Map<number, Binding>();
    for (const source of sources) {
      if (source.type === 'audio') {
        bindings.set(source.ssrc, { kind: 'audio', source });
        continue;
      }
      for (const encoding of source.encodings) {
        bindings.set(encoding.ssrc, { kind: 'video', source, encoding });
        if (encoding.rtx !== undefined) bindings.set(encoding.rtx, { kind: 'rtx', source, encoding });
      }
    }
    this.#bindings = bindings;
  }

  /** Takes one decrypted packet that arrived at `now` (ms). */
  receive(packet: Buffer, now: number): void {
    this.packets += 1;
    this.octets += packet.length;
    const rtcp = isRtcp(packet);
    if (!this.#rate.admit(now) || (rtcp && !this.#rtcpRate.admit(now))) this.drops.tooMany += 1;
    else if (rtcp) this.#receiveRtcp(packet, now);
    else this.#receiveRtp(packet, now);
  }

  #receiveRtp(packet: Buffer, now: number): void {
    const { formats, drops } = this;
    if (formats.incomingIds !== undefined) translateExtensions(packet, formats.incomingIds);
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
    const medium = binding.source.type;
    const payload = formats.payload(view.payloadType);
    // Retransmissions have payload types of their own, and these belong on SSRCs of their own.
    if (payload?.medium !== medium || (payload.original !== undefined) !== (binding.kind === 'rtx')) {
      drops.unknownPayloadType += 1;
    } else if (this.muted[medium]) {
      drops.muted += 1;
    } else if (binding.kind === 'audio') {
      this.#receiveAudio(packet, binding.source, now);
    } else if (binding.kind === 'rtx') {
      this.#recover(packet, binding.source, binding.encoding, payload.original as number, now);
    } else if (binding.encoding.stream.received(view.sequence, view.timestamp, now)) {
      this.#receiveVideo(packet, binding.source, binding.encoding, payload, now);
    }
  }

  #receiveAudio(packet: Buffer, source: AudioSource, now: number): void {
    if (!source.stream.received(view.sequence, view.timestamp, now)) return;
    // RFC 6464: seven bits of level below the loudest.
    const at = view.audioLevelOffset;
    const level = at === 0 ? undefined : 127 - ((packet[at] as number) & 0x7f);
    const heard = level === undefined || this.host.audioLevel(source.owner, level, now);
    source.forward(packet, source.stream.last, view, level, heard, now);
  }

  #recover(
    packet: Buffer,
    source: VideoSource,
    encoding: VideoEncoding,
    payloadType: number,
    now: number,
  ): void {
    const payload = this.formats.payload(payloadType);
    const original = unwrapRtx(packet, view, { payloadType, ssrc: encoding.ssrc });
    if (payload === undefined || original === undefined || !encoding.stream.recovered(view.sequence, now))
      return;
    // The offsets of header extensions count from the new beginning, which is where the old one was.
    this.#receiveVideo(original, source, encoding, payload, now);
  }

  #receiveVideo(
    packet: Buffer,
    source: VideoSource,
    encoding: VideoEncoding,
    payload: Payload,
    now: number,
  ): void {
    const { stream } = encoding;
    const { codec } = payload;
    if (view.descriptorOffset !== 0 && (codec === 'vp8' || codec === 'vp9')) blankDescriptor(packet, view);
    if (view.allocationOffset !== 0) {
      const allocation = readLayersAllocation(packet, view.allocationOffset, view.allocationSize);
      if (allocation !== undefined) source.allocated(allocation);
    }
    // Padding keeps the numbers in order and means nothing else.
    const known = view.payloadLength > 0 && readFrame(packet, view, codec, encoding.descriptor, frame);
    if (known) {
      const { keyframes } = source;
      if (frame.keyframe) {
        keyframes.keyframeArrived(now);
        if (frame.start) this.counts.keyframes += 1;
      }
      if (source.forward(packet, encoding, stream.last, view, frame, now)) {
        this.requestKeyframe(source, undefined, now);
      }
    } else {
      if (view.payloadLength > 0) this.#unreadable(source, payload, now);
      source.leaveOut(encoding, stream.last);
    }
    if (stream.nacks !== undefined && stream.nacks.missing !== 0) this.#requestMissing(source, encoding, now);
  }

  /** A frame that cannot be read yet: its structure comes with a keyframe. */
  #unreadable(source: VideoSource, { codec }: Payload, now: number): void {
    if (codec === 'av1' || codec === 'h264') this.requestKeyframe(source, undefined, now);
    else this.drops.malformed += 1;
  }

  #recordArrival(packet: Buffer, now: number): void {
    if (!this.formats.transportCcFeedback) return;
    const sequence = packet.readUInt16BE(view.transportCcOffset);
    if (!this.#transportCc.record(sequence, view.marker, now)) return;
    for (const feedback of this.#transportCc.feedback(this.feedbackSsrc, view.ssrc, now)) {
      this.egress.sendRtcp(feedback);
    }
  }

  #requestMissing(source: VideoSource, encoding: VideoEncoding, now: number): void {
    const { nacks } = encoding.stream;
    if (nacks === undefined) return;
    if (!source.isSent(encoding)) {
      nacks.giveUp();
      return;
    }
    const sequences = nacks.due(now, this.egress.rtt.value);
    if (sequences.length > 0) this.egress.sendRtcp(buildNack(this.feedbackSsrc, encoding.ssrc, sequences));
  }

  #receiveRtcp(packet: Buffer, now: number): void {
    const compound = parseCompound(packet);
    if (compound === undefined) {
      this.drops.malformed += 1;
      return;
    }
    for (const [index, part] of compound.entries()) {
      // A compound of many would otherwise pass for one.
      if (index > 0 && !this.#rtcpRate.admit(now)) this.drops.tooMany += 1;
      else this.#receiveRtcpPart(part, now);
    }
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
        this.host.nack(part.media, part.sequences, now);
        break;
      case 'pli':
        this.host.keyframeWanted(part.media, now);
        break;
      case 'fir':
        for (const { ssrc } of part.entries) this.host.keyframeWanted(ssrc, now);
        break;
      case 'transport-cc':
        if (!this.egress.transportFeedback(part.body, now)) this.drops.malformed += 1;
        break;
      case 'remb':
        this.egress.remb(part.bitrate);
        break;
      default:
        break;
    }
  }

  #senderReport(report: SenderReport, now: number): void {
    const binding = this.#bindings.get(report.ssrc);
    if (binding === undefined || binding.kind === 'rtx') return;
    const { source } = binding;
    const { stream } = binding.kind === 'audio' ? binding.source : binding.encoding;
    stream.statistics.senderReport(report.ntpSeconds, report.ntpFraction, now);
    if (this.muted[source.type]) return;
    if (binding.kind === 'audio') binding.source.senderReport(report, now);
    else binding.source.senderReport(binding.encoding, report, now);
  }

  /** Asks the endpoint for a keyframe of `source`, for `receiver` or (undefined) the bridge itself, within limits. */
  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void {
    if (source.keyframes.request(now, receiver)) this.#sendPli(source);
  }

  /** To the lowest encoding: senders answer with keyframes of all. */
  #sendPli(source: VideoSource): void {
    this.keyframeRequests += 1;
    this.egress.sendRtcp(buildPli(this.feedbackSsrc, source.ssrc));
  }

  /** What is due without a packet's arrival: repeated NACKs and postponed keyframe requests. */
  tick(now: number): void {
    for (const binding of this.#bindings.values()) {
      if (binding.kind !== 'video') continue;
      const { source, encoding } = binding;
      const { nacks } = encoding.stream;
      if (nacks !== undefined && nacks.missing !== 0) this.#requestMissing(source, encoding, now);
      if (encoding.index === 0 && source.keyframes.due(now)) this.#sendPli(source);
    }
  }

  /** Sends receiver reports on all SSRCs that were active since the last ones. */
  report(now: number): void {
    const reports: ReportBlock[] = [];
    const { counts } = this;
    const elapsed = this.#reported < 0 ? 0 : Math.round(now - this.#reported);
    this.#reported = now;
    for (const binding of this.#bindings.values()) {
      if (binding.kind === 'rtx') continue;
      const { statistics } = (binding.kind === 'audio' ? binding.source : binding.encoding).stream;
      const report = statistics.report(now);
      if (report === undefined) continue;
      reports.push(report);
      counts.packetsExpected += statistics.interval.expected;
      counts.packetsLost += statistics.interval.lost;
      if (binding.kind === 'video') counts.videoMilliseconds += elapsed;
    }
    if (reports.length > 0) this.egress.sendRtcp(buildReceiverReports(this.feedbackSsrc, reports));
  }
}
