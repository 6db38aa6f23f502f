/**
 * Renumbers one stream so that what is left out leaves no gap, while what was lost on the way still does. A number is given out
 * once: late packets get the number that was kept for them.
 */

const SIZE = 1024;

const UNKNOWN = 0;
const MISSING = 1;
const FORWARDED = 2;
const LEFT_OUT = 3;

export class SequenceMap {
  #highest = -1;
  #delta = 0;
  /** By input number modulo SIZE: what became of it, and what is added to it. */
  readonly #fates = new Uint8Array(SIZE);
  readonly #deltas = new Int32Array(SIZE);

  /** Begins anew: `input` will be `output`, and whatever was before it is not forwarded any more. */
  start(input: number, output: number): void {
    this.#fates.fill(UNKNOWN);
    this.#highest = input - 1;
    this.#delta = output - input;
  }

  /** The number that follows all that were given out or kept. */
  get next(): number {
    return this.#highest + this.#delta + 1;
  }

  /** The output number of packet `input` (both ever-growing); -1 when it is too late for it or had one already. */
  forward(input: number): number {
    if (input > this.#highest) {
      this.#advance(input);
      this.#fates[input & (SIZE - 1)] = FORWARDED;
      return input + this.#delta;
    }
    const slot = input & (SIZE - 1);
    if (this.#highest - input >= SIZE || this.#fates[slot] !== MISSING) return -1;
    this.#fates[slot] = FORWARDED;
    return input + (this.#deltas[slot] as number);
  }

  /** Leaves packet `input` out. */
  leaveOut(input: number): void {
    if (input > this.#highest) {
      this.#advance(input);
      this.#fates[input & (SIZE - 1)] = LEFT_OUT;
      this.#delta -= 1;
    } else if (this.#highest - input < SIZE && this.#fates[input & (SIZE - 1)] === MISSING) {
      // Its number was kept for it; it stays a gap, as if it had been lost.
      this.#fates[input & (SIZE - 1)] = LEFT_OUT;
    }
  }

  /** Keeps numbers for what lies between; a jump by more than a whole ring is no loss, but a stream that began anew. */
  #advance(input: number): void {
    const gap = input - this.#highest - 1;
    if (gap >= SIZE) {
      this.#fates.fill(UNKNOWN);
      this.#delta -= gap;
    } else {
      for (let lost = this.#highest + 1; lost < input; lost++) {
        this.#fates[lost & (SIZE - 1)] = MISSING;
        this.#deltas[lost & (SIZE - 1)] = this.#delta;
      }
    }
    this.#highest = input;
  }
}
