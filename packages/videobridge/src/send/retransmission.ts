/** Answers a receiver's NACK for one source (RFC 4585 s.6.2.1) by RTX (RFC 4588), or plainly where it has no RTX. */
import { readRtp, rtpView, writeUint16, writeUint32, type ExtensionIds } from '../rtp/rtp-packet.js';
import { writeFrameId } from '../rtp/video-frame.js';
import type { Egress } from './egress.js';
import { LONGEST, type PacketCache } from './packet-cache.js';
import type { SentLog, SentPacket } from './sent-log.js';

/** A source whose packets can be had again. */
export interface CachedSource {
  readonly encodings: readonly { readonly cache: PacketCache }[];
  /** The sender's. */
  readonly formats: { readonly extensions: ExtensionIds };
}

/** The stream that is sent, with the one for its retransmissions. */
export interface SentStream {
  readonly ssrc: number;
  readonly rtx: number | undefined;
  /** The RTX payload type for an original one, where the receiver has negotiated it. */
  rtxPayloadType(original: number): number | undefined;
}

/** How much one receiver may ask for: packets a second, and as many at once. */
const RATE = 2000;
const SLOTS = 512;
const DEFAULT_GUARD = 20;
/** Octets of the sequence number before the payload (RFC 4588 s.4). */
const ORIGINAL_SEQUENCE = 2;
/** Padding of one tick. */
const MAX_PADDING_PACKETS = 60;

// Sending is synchronous and copies, so one scratch packet serves every retransmission of the process.
const scratch = Buffer.alloc(LONGEST + ORIGINAL_SEQUENCE);
const view = rtpView();

export class Retransmission {
  #sequence = 0;
  #tokens = RATE;
  #refilled = -Infinity;
  readonly #lastSent = new Float64Array(SLOTS).fill(-Infinity);
  readonly #lastSequence = new Int32Array(SLOTS).fill(-1);

  constructor(
    private readonly log: SentLog,
    private readonly stream: SentStream,
    private readonly egress: Egress,
  ) {}

  /** Resends those of `sequences` that are of `encoding`, still cached and not already on their way; answers how many. */
  nack(source: CachedSource, sequences: readonly number[], encoding: number, now: number): number {
    const rtt = this.egress.rtt.value;
    const guard = rtt === undefined ? DEFAULT_GUARD : Math.min(0.9 * rtt, rtt - 5);
    this.#refill(now);
    let sent = 0;
    for (const sequence of sequences) {
      if (this.#tokens < 1) break;
      const slot = sequence % SLOTS;
      const again = this.#lastSequence[slot] === sequence;
      if (again && now - (this.#lastSent[slot] as number) < guard) continue;
      // What is not sent again has been looked for all the same.
      this.#tokens -= 1;
      const packet = this.#restore(source, sequence, now);
      if (packet?.encoding !== encoding) continue;
      this.#lastSequence[slot] = sequence;
      this.#lastSent[slot] = now;
      if (this.#repeat(source, packet, now)) sent += 1;
    }
    return sent;
  }

  /** Sends the packet in the scratch buffer again, now or when its turn comes. */
  #repeat(source: CachedSource, packet: SentPacket, now: number): boolean {
    const { pacer } = this.egress;
    const size = view.payloadOffset + ORIGINAL_SEQUENCE + view.payloadLength;
    if (pacer.admit(size, now)) return this.#resend(packet, now);
    const { sequence } = packet;
    const send = (later: number): void => {
      const again = this.#restore(source, sequence, later);
      if (again !== undefined) this.#resend(again, later);
    };
    return pacer.wait({ size, owner: this.stream, send }, true);
  }

  /** Sends for the first time what had to wait. */
  sendDelayed(source: CachedSource, sequence: number, now: number): void {
    if (this.#restore(source, sequence, now) !== undefined) this.#sendPlain(now);
  }

  /** Repeats what was sent last as padding, up to about `octets`; answers how many octets that were. */
  pad(source: CachedSource, octets: number, now: number): number {
    if (this.stream.rtx === undefined) return 0;
    let sent = 0;
    const newest = this.log.newest;
    for (let age = 0; age < MAX_PADDING_PACKETS && sent < octets; age++) {
      const packet = this.#restore(source, (newest - age) & 0xffff, now);
      if (packet === undefined) break;
      const size = view.payloadOffset + ORIGINAL_SEQUENCE + view.payloadLength;
      this.egress.pacer.spend(size, now);
      if (!this.#resend(packet, now)) break;
      sent += size;
    }
    return sent;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(RATE, this.#tokens + ((now - this.#refilled) * RATE) / 1000);
    this.#refilled = now;
  }

  /** The packet as it was sent, in the scratch buffer with room for the original sequence number before its payload; `view` describes it. */
  #restore(source: CachedSource, sequence: number, now: number): SentPacket | undefined {
    const sent = this.log.find(sequence);
    if (sent === undefined) return undefined;
    const packet = source.encodings[sent.encoding]?.cache.get(sent.input, now);
    if (packet === undefined || !readRtp(packet, source.formats.extensions, view)) return undefined;
    writeSent(packet, view.payloadType, this.stream.ssrc, sent);
    const header = view.payloadOffset;
    packet.copy(scratch, 0, 0, header);
    packet.copy(scratch, header + ORIGINAL_SEQUENCE, header);
    view.payloadLength = packet.length - header;
    return sent;
  }

  #sendPlain(now: number): boolean {
    const header = view.payloadOffset;
    scratch.copyWithin(header, header + ORIGINAL_SEQUENCE, header + ORIGINAL_SEQUENCE + view.payloadLength);
    return this.egress.sendRtp(scratch.subarray(0, header + view.payloadLength), view.transportCcOffset, now);
  }

  #resend(sent: SentPacket, now: number): boolean {
    const header = view.payloadOffset;
    const payloadType = this.stream.rtxPayloadType(view.payloadType);
    if (this.stream.rtx === undefined || payloadType === undefined) {
      return this.#sendPlain(now);
    }
    scratch[1] = (sent.marker ? 0x80 : 0) | payloadType;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    writeUint16(scratch, 2, this.#sequence);
    writeUint32(scratch, 8, this.stream.rtx);
    writeUint16(scratch, header, sent.sequence);
    return this.egress.sendRtp(
      scratch.subarray(0, header + ORIGINAL_SEQUENCE + view.payloadLength),
      view.transportCcOffset,
      now,
    );
  }
}

/** Writes into `packet` what makes it the one that was sent. */
function writeSent(packet: Buffer, payloadType: number, ssrc: number, sent: SentPacket): void {
  packet[1] = (sent.marker ? 0x80 : 0) | payloadType;
  writeUint16(packet, 2, sent.sequence);
  writeUint32(packet, 4, sent.timestamp);
  writeUint32(packet, 8, ssrc);
  if (sent.idBits !== 0) writeFrameId(packet, sent.idOffset, sent.idBits, sent.id);
  if (sent.tl0 >= 0) packet[sent.tl0Offset] = sent.tl0;
}
