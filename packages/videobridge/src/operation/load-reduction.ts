/**
 * What an overloaded bridge gives up: everybody is sent fewer videos, until the load is bearable; then step by step more again. No
 * two steps come closer than it takes to see the effect of one.
 */

/** Stress (1: full) above which less, and below which more is sent. */
const OVERLOAD = 1;
const RECOVERY = 0.8;
const IMPACT_TIME = 60_000;
const REDUCTION = 0.75;
const GROWTH = 1.25;
/** A limit this high is none. */
const NO_LIMIT = 40;
const MINIMUM = 1;

export class LoadReduction {
  #lastN = -1;
  #changed = -Infinity;

  /** How many videos anybody is sent; -1: no limit. */
  get lastN(): number {
    return this.#lastN;
  }

  /**
   * @param stress the measured load; 1: full
   * @param most the most videos that anybody is sent at present
   */
  update(stress: number, most: number, now: number): void {
    if (now - this.#changed < IMPACT_TIME) return;
    if (stress > OVERLOAD && most > 0) {
      this.#set(Math.max(MINIMUM, Math.floor(REDUCTION * most)), now);
    } else if (stress < RECOVERY && this.#lastN >= 0) {
      const next = Math.max(this.#lastN + 1, Math.floor(this.#lastN * GROWTH));
      this.#set(next >= NO_LIMIT ? -1 : next, now);
    }
  }

  #set(lastN: number, now: number): void {
    this.#lastN = lastN;
    this.#changed = now;
  }
}
