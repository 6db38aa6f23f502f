/**
 * The packets of one encoding that may be asked for again, shared by all its receivers. They are copied into memory that stays: a Buffer
 * that is kept outlives the young generation of the heap, and thousands of them a second make collections long enough to be seen as jitter.
 */

const SIZE = 512;
/** Octets; longer packets are not kept. No datagram on Ethernet holds as many. */
export const LONGEST = 1500;
/** Slots are had in blocks, so that a short or slow stream takes little. */
const BLOCK = 32;
/** Older packets (ms) are of no use to a decoder any more. */
const MAX_AGE = 3000;

export class PacketCache {
  readonly #blocks = new Array<Buffer | undefined>(SIZE / BLOCK).fill(undefined);
  readonly #sequences = new Int32Array(SIZE).fill(-1);
  readonly #lengths = new Uint16Array(SIZE);
  readonly #times = new Float64Array(SIZE);

  /** Keeps a copy of `packet` under its 16-bit `sequence`. */
  insert(sequence: number, packet: Buffer, now: number): void {
    if (packet.length > LONGEST) return;
    const slot = sequence % SIZE;
    const block = (this.#blocks[Math.floor(slot / BLOCK)] ??= Buffer.allocUnsafeSlow(BLOCK * LONGEST));
    block.set(packet, (slot % BLOCK) * LONGEST);
    this.#sequences[slot] = sequence;
    this.#lengths[slot] = packet.length;
    this.#times[slot] = now;
  }

  /** The packet as it is kept, not a copy. */
  get(sequence: number, now: number): Buffer | undefined {
    const slot = sequence % SIZE;
    if (this.#sequences[slot] !== sequence || now - (this.#times[slot] as number) > MAX_AGE) return undefined;
    const start = (slot % BLOCK) * LONGEST;
    return this.#blocks[Math.floor(slot / BLOCK)]?.subarray(start, start + (this.#lengths[slot] as number));
  }
}
