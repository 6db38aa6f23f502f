/** A budget for requests that cost much: a pause between two, and at most so many in an interval. Time is passed in. */

export interface RateLimit {
  readonly minIntervalMs: number;
  readonly maxRequests: number;
  readonly intervalMs: number;
}

export class RateLimiter {
  readonly #limit: RateLimit;
  #accepted: number[] = [];

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Whether a request at `now` (ms) is within the budget; if so it is counted. */
  accept(now: number): boolean {
    const { minIntervalMs, maxRequests, intervalMs } = this.#limit;
    this.#accepted = this.#accepted.filter((time) => now - time < intervalMs);
    const last = this.#accepted.at(-1);
    if (last !== undefined && now - last < minIntervalMs) return false;
    if (this.#accepted.length >= maxRequests) return false;
    this.#accepted.push(now);
    return true;
  }
}
