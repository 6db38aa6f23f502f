/**
 * What one receiver is sent. The transport encrypts and copies a packet while `send` runs, so one Buffer serves all
 * receivers of a packet: what differs between them is written into it just before.
 */
import { BandwidthEstimator } from '../bandwidth/estimate/bandwidth-estimator.js';
import { parseTransportCc } from '../rtp/transport-cc.js';
import { Pacer } from './pacer.js';
import { RoundTripTime } from './round-trip-time.js';

/** Where packets leave: the receiver's transport. */
export interface PacketSink {
  /** Sends RTP or RTCP at once; false when it could not be sent. */
  send(packet: Buffer): boolean;
}

export class Egress {
  readonly rtt = new RoundTripTime();
  readonly pacer = new Pacer();
  #estimator: BandwidthEstimator | undefined;
  #transportCc = 0;
  packets = 0;
  octets = 0;

  constructor(private readonly sink: PacketSink) {}

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
    return this.sink.send(packet);
  }

  sendRtcp(packet: Buffer): boolean {
    this.packets += 1;
    this.octets += packet.length;
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
    if (this.#estimator !== undefined) this.pacer.bandwidth = this.#estimator.bitrate;
  }

  /** Bits a second that may be sent; undefined while there is nothing to tell by. */
  get bandwidth(): number | undefined {
    const estimator = this.#estimator;
    return estimator?.known === true ? estimator.bitrate : undefined;
  }

  /** Octets of padding to send in a tick of `elapsed` ms, while media takes `current` and could take `ideal` bits a second. */
  padding(current: number, ideal: number, elapsed: number, now: number): number {
    return this.#estimator?.padding(current, ideal, elapsed, now) ?? 0;
  }
}
