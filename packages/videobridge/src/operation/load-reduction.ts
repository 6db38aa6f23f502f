/**
 * What an overloaded bridge gives up: everybody is sent fewer videos, until the load is bearable; then step by step more again. No
 * two steps come closer than it takes to see the effect of one.
 */

/** Stress (1: full) above which less, and below which more is sent. */
const OVERLOAD = 1;
const RECOVERY = 0.8;
/** One busy moment is no overload: so many measurements in a row must say so. */
const IN_A_ROW = 3;
/**
 * Share of a core that the process itself must have used: where less than that fills its time, others keep it waiting, and it would
 * wait as long with fewer videos to forward.
 */
const OWN_WORK = 0.5;
const IMPACT_TIME = 60_000;
const REDUCTION = 0.75;
const GROWTH = 1.25;
/** A limit this high is none. */
const NO_LIMIT = 40;
const MINIMUM = 1;

/** How busy the bridge was since the measurement before. */
export interface Load {
  /** 1: full. */
  readonly stress: number;
  /** Time on processors in proportion to time that has passed: 1 is one core. */
  readonly work: number;
}

export class LoadReduction {
  #lastN = -1;
  #changed = -Infinity;
  #overloads = 0;

  /** How many videos anybody is sent; -1: no limit. */
  get lastN(): number {
    return this.#lastN;
  }

  /**
   * Takes a measurement; answers whether `lastN` has changed.
   * @param most the most videos that anybody is sent at present
   */
  update({ stress, work }: Load, most: number, now: number): boolean {
    this.#overloads = stress > OVERLOAD && work >= OWN_WORK ? this.#overloads + 1 : 0;
    if (now - this.#changed < IMPACT_TIME) return false;
    if (this.#overloads >= IN_A_ROW && most > MINIMUM) {
      return this.#set(Math.max(MINIMUM, Math.floor(REDUCTION * most)), now);
    }
    if (stress < RECOVERY && this.#lastN >= 0) {
      const next = Math.max(this.#lastN + 1, Math.floor(this.#lastN * GROWTH));
      return this.#set(next >= NO_LIMIT ? -1 : next, now);
    }
    return false;
  }

  #set(lastN: number, now: number): boolean {
    this.#changed = now;
    this.#overloads = 0;
    if (lastN === this.#lastN) return false;
    this.#lastN = lastN;
    return true;
  }
}
