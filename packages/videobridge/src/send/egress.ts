/**
 * What one receiver is sent. The transport encrypts and copies a packet while `send` runs, so one Buffer serves all
 * receivers of a packet: what differs between them is written into it just before.
 */

import { RoundTripTime } from './round-trip-time.js';

/** Where packets leave: the receiver's transport. */
export interface PacketSink {
  /** Sends RTP or RTCP at once; false when it could not be sent. */
  send(packet: Buffer): boolean;
}

export class Egress {
  readonly rtt = new RoundTripTime();
  #transportCc = 0;
  packets = 0;
  octets = 0;

  constructor(private readonly sink: PacketSink) {}

  /**
   * Sends an RTP packet with the receiver's own transport-wide sequence number at `transportCcOffset` (0: the packet has
   * no such extension).
   */
  sendRtp(packet: Buffer, transportCcOffset: number): boolean {
    if (transportCcOffset !== 0) {
      const sequence = (this.#transportCc + 1) & 0xffff;
      this.#transportCc = sequence;
      packet[transportCcOffset] = sequence >> 8;
      packet[transportCcOffset + 1] = sequence;
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
}
