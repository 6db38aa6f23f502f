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

/** Numbers of one entry; together they fill half a cache line. */
const FIELDS = 8;
const [SEQUENCE, ORIGIN, TIMESTAMP, ID, OFFSETS, TL0] = [0, 1, 2, 3, 4, 5];

export class SentLog {
  /**
   * Entries by sequence number modulo SIZE. Origin: bits 0 … 15 input number, 16 … 23 encoding, 24 marker. Id: bits 0 … 15 the id,
   * 16 … 23 its bits. Offsets: bits 0 … 15 of the id, 16 … 30 of TL0PICIDX.
   */
  readonly #entries = new Int32Array(SIZE * FIELDS).fill(-1);
  /** The 16-bit number that was noted last; -1 before the first. */
  newest = -1;

  note(projected: ProjectedPacket, encoding: number, input: number, frame: VideoFrame): void {
    const sequence = projected.sequence & 0xffff;
    const at = (sequence & (SIZE - 1)) * FIELDS;
    const entries = this.#entries;
    this.newest = sequence;
    entries[at + SEQUENCE] = sequence;
    entries[at + ORIGIN] = (input & 0xffff) | (encoding << 16) | (projected.marker ? 1 << 24 : 0);
    entries[at + TIMESTAMP] = projected.timestamp;
    entries[at + ID] = projected.id < 0 ? NO_ID : (projected.id & 0xffff) | (frame.idBits << 16);
    entries[at + OFFSETS] = frame.idOffset | (frame.tl0Offset << 16);
    entries[at + TL0] = projected.tl0;
  }

  /** The packet that was sent under the 16-bit number `sequence`. */
  find(sequence: number): SentPacket | undefined {
    const at = (sequence & (SIZE - 1)) * FIELDS;
    const field = (index: number): number => this.#entries[at + index] as number;
    if (field(SEQUENCE) !== sequence) return undefined;
    const [origin, id, offsets] = [field(ORIGIN), field(ID), field(OFFSETS)];
    return {
      sequence,
      encoding: (origin >> 16) & 0xff,
      input: origin & 0xffff,
      marker: (origin & (1 << 24)) !== 0,
      timestamp: field(TIMESTAMP) >>> 0,
      id: id & 0xffff,
      idBits: id >> 16,
      idOffset: offsets & 0xffff,
      tl0: field(TL0),
      tl0Offset: offsets >> 16,
    };
  }

  /** Forgets everything: the packets are those of another source now. */
  clear(): void {
    this.#entries.fill(-1);
    this.newest = -1;
  }
}
