/**
 * Padding for receivers to whom nothing can be repeated at the moment, such as one that is sent sound only because its link was
 * narrow: RTP packets without payload (RFC 3550 s.5.1), on the bridge's own video SSRC. Without it nobody would ever notice that the
 * link is wide again.
 */
import { writeUint16, writeUint32 } from '../rtp/rtp-packet.js';
import type { Egress } from './egress.js';

const HEADER = 12;
/** One extension of two octets. */
const EXTENSION = 8;
const PADDING = 255;
const SIZE = HEADER + EXTENSION + PADDING;
/** Of a video clock, between two packets. */
const FRAME = 3000;
const MAX_PACKETS = 100;

// Sending is synchronous and copies, so one packet serves the whole process.
const packet = Buffer.alloc(SIZE);
packet[0] = 0xb0;
packet.writeUInt32BE(0xbede0001, HEADER);
packet[SIZE - 1] = PADDING;

export class PaddingStream {
  #sequence = 0;
  #timestamp = 0;

  constructor(
    private readonly egress: Egress,
    private readonly ssrc: number,
  ) {}

  /**
   * Sends about `octets` of padding.
   * @param payloadType one of the receiver's for video
   * @param transportCc the receiver's id of the transport-wide sequence number; without it padding is of no use
   */
  send(octets: number, payloadType: number, transportCc: number, now: number): void {
    if (transportCc < 1 || transportCc > 14) return;
    this.#timestamp = (this.#timestamp + FRAME) >>> 0;
    for (let sent = 0; sent < octets && sent < MAX_PACKETS * SIZE; sent += SIZE) {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      packet[1] = payloadType;
      writeUint16(packet, 2, this.#sequence);
      writeUint32(packet, 4, this.#timestamp);
      writeUint32(packet, 8, this.ssrc);
      packet[HEADER + 4] = (transportCc << 4) | 1;
      this.egress.pacer.spend(SIZE, now);
      this.egress.sendRtp(packet, HEADER + 5, now);
    }
  }
}
