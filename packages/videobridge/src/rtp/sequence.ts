/** Arithmetic on 16-bit RTP sequence numbers (RFC 3550 s.5.1, RFC 1982) and their extension beyond one cycle. */

/** Signed distance from `from` to `to`, -32768 … 32767: positive when `to` is newer. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/**
 * Turns 16-bit sequence numbers into ever-growing ones. The first number is placed in the second cycle, so that packets
 * that were sent before it but arrive after it stay positive.
 */
export class SequenceUnwrapper {
  #highest = -1;

  unwrap(sequence: number): number {
    if (this.#highest < 0) {
      this.#highest = 65536 + sequence;
      return this.#highest;
    }
    const unwrapped = this.#highest + sequenceDistance(this.#highest & 0xffff, sequence);
    if (unwrapped > this.#highest) this.#highest = unwrapped;
    return unwrapped;
  }

  /** The highest that there was; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Takes `sequence` for the newest of all, whatever was before it. */
  restart(sequence: number): number {
    this.#highest += 1 + ((sequence - this.#highest - 1) & 0xffff);
    return this.#highest;
  }
}

/** The same for numbers of any width up to 16 bits, such as picture ids; the first one is placed in the second cycle. */
export class Unwrapper {
  #highest = -1;

  unwrap(value: number, bits: number): number {
    if (this.#highest < 0) {
      this.#highest = 2 ** bits + value;
      return this.#highest;
    }
    const shift = 32 - bits;
    const unwrapped = this.#highest + (((value - this.#highest) << shift) >> shift);
    if (unwrapped > this.#highest) this.#highest = unwrapped;
    return unwrapped;
  }
}
