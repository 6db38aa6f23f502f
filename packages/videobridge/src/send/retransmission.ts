/** Answers a receiver's NACK for one source (RFC 4585 s.6.2.1) by RTX (RFC 4588), or plainly where it has no RTX. */
import { readRtp, rtpView, writeUint16, writeUint32, type ExtensionIds } from '../rtp/rtp-packet.js';
import type { Egress } from './egress.js';
import type { PacketCache } from './packet-cache.js';

/** A retransmission stream: the SSRC announced for it, and its payload type for each original one. */
export interface RtxStream {
  readonly ssrc: number;
  payloadTypeFor(original: number): number | undefined;
}

/** How often one receiver may be answered: tokens (packets) a second, and as many at once. */
const RATE = 2000;
const SLOTS = 512;
const DEFAULT_GUARD = 20;
const MTU = 1600;

// Sending is synchronous and copies, so one scratch packet serves every retransmission of the process.
const scratch = Buffer.alloc(MTU);
const view = rtpView();

export class Retransmission {
  #sequence = 0;
  #tokens = RATE;
  #refilled = -Infinity;
  readonly #lastSent = new Float64Array(SLOTS).fill(-Infinity);
  readonly #lastSequence = new Int32Array(SLOTS).fill(-1);

  constructor(
    private readonly cache: PacketCache,
    private readonly rtx: RtxStream | undefined,
    private readonly egress: Egress,
    /** Of the cached packets: their sender's. */
    private readonly formats: { readonly extensions: ExtensionIds },
  ) {}

  /** Resends those of `sequences` that are still cached and not already on their way; answers how many. */
  nack(sequences: readonly number[], now: number, rtt: number | undefined): number {
    const guard = rtt === undefined ? DEFAULT_GUARD : Math.min(0.9 * rtt, rtt - 5);
    this.#refill(now);
    let sent = 0;
    for (const sequence of sequences) {
      if (this.#tokens < 1) break;
      const slot = sequence % SLOTS;
      const again = this.#lastSequence[slot] === sequence;
      if (again && now - (this.#lastSent[slot] as number) < guard) continue;
      const packet = this.cache.get(sequence, now);
      if (packet === undefined) continue;
      this.#lastSequence[slot] = sequence;
      this.#lastSent[slot] = now;
      this.#tokens -= 1;
      if (this.#resend(packet)) sent += 1;
    }
    return sent;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(RATE, this.#tokens + ((now - this.#refilled) * RATE) / 1000);
    this.#refilled = now;
  }

  #resend(packet: Buffer): boolean {
    if (!readRtp(packet, this.formats.extensions, view)) return false;
    const payloadType = this.rtx?.payloadTypeFor(view.payloadType);
    if (this.rtx === undefined || payloadType === undefined || packet.length + 2 > MTU) {
      return this.egress.sendRtp(packet, view.transportCcOffset);
    }
    const header = view.payloadOffset;
    packet.copy(scratch, 0, 0, header);
    scratch[1] = (view.marker ? 0x80 : 0) | payloadType;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    writeUint16(scratch, 2, this.#sequence);
    writeUint32(scratch, 8, this.rtx.ssrc);
    writeUint16(scratch, header, view.sequence);
    packet.copy(scratch, header + 2, header);
    return this.egress.sendRtp(scratch.subarray(0, packet.length + 2), view.transportCcOffset);
  }
}
