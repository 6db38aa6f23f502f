/**
 * What one receiver is sent. The transport encrypts and copies a packet while `send` runs, so one Buffer serves all
 * receivers of a packet: what differs between them is written into it just before.
 */
import { BandwidthEstimator } from '../bandwidth/estimate/bandwidth-estimator.js';
import { BitrateMeter } from '../receive/bitrate-meter.js';
import { translateExtensions } from '../rtp/extension-ids.js';
import { parseTransportCc } from '../rtp/transport-cc.js';
import type { PacketTrace } from './packet-trace.js';
import { Pacer } from './pacer.js';
import { RoundTripTime } from './round-trip-time.js';

/** Where packets leave: the receiver's transport. */
export interface PacketSink {
  /** Sends RTP or RTCP at once; false when it could not be sent. */
  send(packet: Buffer): boolean;
}

/** How much faster than the estimate packets leave: where it is known to be scarce a burst must not fill the queues on the way. */
const PACE = { ample: 2.5, scarce: 1.1 };

/** A copy of a packet that others are sent, too, with the receiver's ids of header extensions. */
function translated(packet: Buffer, ids: Uint8Array): Buffer {
  const copy = Buffer.from(packet);
  translateExtensions(copy, ids);
  return copy;
}

export class Egress {
  readonly rtt = new RoundTripTime();
  readonly pacer = new Pacer();
  readonly #audio = new BitrateMeter();
  #estimator: BandwidthEstimator | undefined;
  #transportCc = 0;
  #wanted = 0;
  packets = 0;
  octets = 0;
  /** What notes the headers of everything that leaves, while somebody looks for a fault. */
  trace: PacketTrace | undefined;

  constructor(
    private readonly sink: PacketSink,
    /** The receiver's. */
    private readonly formats: { readonly outgoingIds: Uint8Array | undefined } = { outgoingIds: undefined },
  ) {}

  /**
   * Sends an RTP packet with the receiver's own transport-wide sequence number at `transportCcOffset` (0: the packet has
   * no such extension).
   */
  sendRtp(packet: Buffer, transportCcOffset: number, now: number): boolean {
    if (transportCcOffset !== 0) {
      const sequence = (this.#transportCc + 1) & 0xffff;
      this.#transportCc = sequence;
      packet[transportCcOffset] = sequence >> 8;
      packet[transportCcOffset + 1] = sequence;
      (this.#estimator ??= new BandwidthEstimator()).sent(sequence, packet.length, now);
    }
    this.packets += 1;
    this.octets += packet.length;
    if (this.trace !== undefined) this.trace.note('out', packet, now);
    const { outgoingIds } = this.formats;
    return this.sink.send(outgoingIds === undefined ? packet : translated(packet, outgoingIds));
  }

  /** The same for sound: it waits for nothing, and video has what it leaves. */
  sendAudio(packet: Buffer, transportCcOffset: number, now: number): boolean {
    this.pacer.spend(packet.length, now);
    this.#audio.add(packet.length, now);
    return this.sendRtp(packet, transportCcOffset, now);
  }

  sendRtcp(packet: Buffer): boolean {
    this.packets += 1;
    this.octets += packet.length;
    this.trace?.note('out', packet, undefined);
    return this.sink.send(packet);
  }

  /** Takes transport-wide feedback of the receiver, from the base sequence number on; false when it is malformed. */
  transportFeedback(body: Buffer, now: number): boolean {
    const feedback = parseTransportCc(body);
    if (feedback === undefined) return false;
    this.#estimator?.feedback(feedback, this.rtt.value, now);
    this.#pace();
    return true;
  }

  /** Takes what the receiver says of its bandwidth (REMB), in bits a second. */
  remb(bitrate: number): void {
    (this.#estimator ??= new BandwidthEstimator()).remb(bitrate);
    this.#pace();
  }

  #pace(): void {
    const { bandwidth } = this;
    if (bandwidth !== undefined) {
      this.pacer.rate = bandwidth * (this.#wanted > bandwidth ? PACE.scarce : PACE.ample);
    }
  }

  /** Bits a second that may be sent; undefined while there is nothing to tell by. */
  get bandwidth(): number | undefined {
    const estimator = this.#estimator;
    return estimator?.known === true ? estimator.bitrate : undefined;
  }

  /** What the receiver has said by transport-wide feedback of what it was sent. */
  get feedback(): { readonly reported: number; readonly lost: number; readonly unmatched: number } {
    return this.#estimator ?? { reported: 0, lost: 0, unmatched: 0 };
  }

  /** Bits a second that sound leaves for video; undefined while there is nothing to tell by. */
  videoBandwidth(now: number): number | undefined {
    const { bandwidth } = this;
    return bandwidth === undefined ? undefined : Math.max(0, bandwidth - this.#audio.rate(now));
  }

  /** Notes that video takes `current` bits a second, and with more bandwidth would take `ideal`. */
  want(current: number, ideal: number, now: number): void {
    this.#wanted = ideal > current ? ideal + this.#audio.rate(now) : 0;
  }

  /** For operators. */
  state(now: number): object {
    const { bandwidth, feedback, octets, packets, pacer } = this;
    return {
      estimate: bandwidth === undefined ? null : Math.round(bandwidth),
      audio: Math.round(this.#audio.rate(now)),
      packets,
      octets,
      reported: feedback.reported,
      reportedLost: feedback.lost,
      queue: { packets: pacer.waiting, ms: Math.round(pacer.delay) },
    };
  }

  /** Whether something waits or is sent little by little, so that `tick` is to be called every 5 ms. */
  get restless(): boolean {
    return this.pacer.waiting > 0 || this.#estimator?.probing === true;
  }

  /** To be called every 20 ms, or 5 while it is restless: sends what had to wait, and answers how many octets of padding are to be sent in a probe. */
  tick(now: number): number {
    this.pacer.release(now);
    return this.#estimator?.probe(this.#wanted, this.pacer.waiting > 0, now) ?? 0;
  }
}
