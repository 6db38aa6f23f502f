/**
 * What one receiver was sent last of one source: for each sequence number which packet it was and what was written into it, so that
 * it can be sent again without a copy having been kept.
 */
import type { VideoFrame } from '../rtp/video-frame.js';
import type { ProjectedPacket } from './projection/source-projection.js';

const SIZE = 512;
const NO_ID = 0;

/** How a packet was sent. */
export interface SentPacket {
  readonly sequence: number;
  /** Index of the encoding that it came on, and its number there. */
  readonly encoding: number;
  readonly input: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Picture id or frame number, with its place in the packet and its bits; bits 0: none. */
  readonly id: number;
  readonly idOffset: number;
  readonly idBits: number;
  /** TL0PICIDX and its place in the packet; -1: none. */
  readonly tl0: number;
  readonly tl0Offset: number;
}

export class SentLog {
  readonly #sequences = new Int32Array(SIZE).fill(-1);
  /** Bits 0 … 15: input number, 16 … 23: encoding, 24: marker. */
  readonly #origins = new Uint32Array(SIZE);
  readonly #timestamps = new Uint32Array(SIZE);
  /** Bits 0 … 15: id, 16 … 23: its bits. */
  readonly #ids = new Uint32Array(SIZE);
  /** Bits 0 … 15: offset of the id, 16 … 31: of TL0PICIDX. */
  readonly #offsets = new Uint32Array(SIZE);
  readonly #tl0s = new Int16Array(SIZE);

  /** The 16-bit number that was noted last; -1 before the first. */
  newest = -1;

  note(projected: ProjectedPacket, encoding: number, input: number, frame: VideoFrame): void {
    const sequence = projected.sequence & 0xffff;
    const slot = sequence % SIZE;
    this.#sequences[slot] = sequence;
    this.newest = sequence;
    this.#origins[slot] = (input & 0xffff) | ((encoding & 0xff) << 16) | (projected.marker ? 1 << 24 : 0);
    this.#timestamps[slot] = projected.timestamp;
    this.#ids[slot] = projected.id < 0 ? NO_ID : (projected.id & 0xffff) | (frame.idBits << 16);
    this.#offsets[slot] = (frame.idOffset & 0xffff) | (frame.tl0Offset << 16);
    this.#tl0s[slot] = projected.tl0;
  }

  /** The packet that was sent under the 16-bit number `sequence`. */
  find(sequence: number): SentPacket | undefined {
    const slot = sequence % SIZE;
    if (this.#sequences[slot] !== sequence) return undefined;
    const origin = this.#origins[slot] as number;
    const id = this.#ids[slot] as number;
    const offsets = this.#offsets[slot] as number;
    return {
      sequence,
      encoding: (origin >> 16) & 0xff,
      input: origin & 0xffff,
      marker: (origin & (1 << 24)) !== 0,
      timestamp: this.#timestamps[slot] as number,
      id: id & 0xffff,
      idBits: id >> 16,
      idOffset: offsets & 0xffff,
      tl0: this.#tl0s[slot] as number,
      tl0Offset: offsets >>> 16,
    };
  }

  /** Forgets everything: the packets are those of another source now. */
  clear(): void {
    this.#sequences.fill(-1);
    this.newest = -1;
  }
}
