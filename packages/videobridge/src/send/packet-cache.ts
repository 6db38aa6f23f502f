/**
 * The packets of one source that may be asked for again, shared by all its receivers: a ring of the Buffers themselves.
 */

const SIZE = 512;
/** Older packets (ms) are of no use to a decoder any more. */
const MAX_AGE = 3000;

export class PacketCache {
  readonly #packets = new Array<Buffer | undefined>(SIZE).fill(undefined);
  readonly #sequences = new Int32Array(SIZE).fill(-1);
  readonly #times = new Float64Array(SIZE);

  /** Keeps `packet` (not copied) under its 16-bit `sequence`. */
  insert(sequence: number, packet: Buffer, now: number): void {
    const slot = sequence % SIZE;
    this.#packets[slot] = packet;
    this.#sequences[slot] = sequence;
    this.#times[slot] = now;
  }

  get(sequence: number, now: number): Buffer | undefined {
    const slot = sequence % SIZE;
    if (this.#sequences[slot] !== sequence || now - (this.#times[slot] as number) > MAX_AGE) return undefined;
    return this.#packets[slot];
  }
}
