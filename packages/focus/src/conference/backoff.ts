/** How long to wait after the nth failure in a row: not at all, then 1 s, doubled up to 30 s. Time is passed in. */

const FIRST_MS = 1_000;
const MAX_MS = 30_000;
/** After this long without a failure the row is over. */
const QUIET_MS = 60_000;

export class Backoff {
  #failures = 0;
  #lastFailure = Number.NEGATIVE_INFINITY;

  /** The wait after a failure at `now`, in ms. */
  next(now: number): number {
    if (now - this.#lastFailure > QUIET_MS) this.#failures = 0;
    this.#lastFailure = now;
    const delay = this.#failures === 0 ? 0 : Math.min(FIRST_MS * 2 ** (this.#failures - 1), MAX_MS);
    this.#failures += 1;
    return delay;
  }
}
