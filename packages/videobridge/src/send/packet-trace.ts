/**
 * What passes between the bridge and one endpoint, packet by packet, while somebody looks for a fault: numbers of headers and sizes,
 * never a payload nor a header extension, since what is said in meetings is nobody's business. It ends by itself, and holds the last
 * packets only.
 */
import { isRtcp } from '../rtp/rtp-packet.js';

/** One RTP packet, or one RTCP packet with the names of its parts. */
export type TracedPacket = {
  /** Ms since the trace began. */
  readonly at: number;
  /** From the endpoint, or to it. */
  readonly direction: 'in' | 'out';
  readonly size: number;
} & (
  | {
      readonly ssrc: number;
      readonly payloadType: number;
      readonly sequence: number;
      readonly timestamp: number;
      readonly marker: boolean;
    }
  | { readonly rtcp: readonly string[] }
);

/** RTCP packet types with their formats (RFC 3550 s.12.1, RFC 4585 s.6, RFC 5104 s.4). */
const RTCP_NAMES: Readonly<Record<number, string>> = {
  200: 'SR',
  201: 'RR',
  202: 'SDES',
  203: 'BYE',
  204: 'APP',
  207: 'XR',
};
const FEEDBACK_NAMES: Readonly<Record<string, string>> = {
  '205/1': 'NACK',
  '205/15': 'transport-cc',
  '206/1': 'PLI',
  '206/4': 'FIR',
  '206/15': 'REMB',
};
/** Parts of one RTCP packet that are named. */
const MOST_PARTS = 8;

export class PacketTrace {
  readonly #packets: TracedPacket[] = [];
  /** Where the next packet goes. */
  #next = 0;
  #total = 0;

  constructor(
    /** When it began, and ends, in ms. */
    readonly from: number,
    readonly until: number,
    /** Packets that are held at most: the last ones. */
    private readonly capacity: number,
    private readonly clock: () => number,
  ) {}

  /** Packets that were seen, those that are not held any more as well. */
  get total(): number {
    return this.#total;
  }

  /** Those that are held, in the order in which they passed. */
  get packets(): TracedPacket[] {
    return [...this.#packets.slice(this.#next), ...this.#packets.slice(0, this.#next)];
  }

  /** Notes a packet at `now` (ms); undefined: now. */
  note(direction: TracedPacket['direction'], packet: Buffer, now = this.clock()): void {
    if (now > this.until || packet.length < 8) return;
    const at = Math.round((now - this.from) * 10) / 10;
    const seen = { at, direction, size: packet.length };
    if (isRtcp(packet)) this.#add({ ...seen, rtcp: partsOf(packet) });
    else if (packet.length >= 12) {
      this.#add({
        ...seen,
        ssrc: packet.readUInt32BE(8),
        payloadType: packet.readUInt8(1) & 0x7f,
        sequence: packet.readUInt16BE(2),
        timestamp: packet.readUInt32BE(4),
        marker: (packet.readUInt8(1) & 0x80) !== 0,
      });
    }
  }

  #add(packet: TracedPacket): void {
    this.#total += 1;
    this.#packets[this.#next] = packet;
    this.#next = (this.#next + 1) % this.capacity;
  }
}

/** The names of the parts of a compound packet, with the media SSRC of what is feedback. */
function partsOf(packet: Buffer): string[] {
  const parts: string[] = [];
  for (let at = 0; at + 4 <= packet.length && parts.length < MOST_PARTS;) {
    const type = packet.readUInt8(at + 1);
    const format = packet.readUInt8(at) & 0x1f;
    const feedback = FEEDBACK_NAMES[`${type}/${format}`];
    const media = feedback !== undefined && at + 12 <= packet.length ? packet.readUInt32BE(at + 8) : 0;
    const name = feedback ?? RTCP_NAMES[type] ?? `${type}/${format}`;
    parts.push(media === 0 ? name : `${name} ${media}`);
    at += 4 * (packet.readUInt16BE(at + 2) + 1);
  }
  return parts;
}
