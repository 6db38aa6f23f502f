/** Lets so many events a second pass, and as many at once. */

export class TokenBucket {
  #tokens: number;
  #refilled = -Infinity;

  constructor(private readonly perSecond: number) {
    this.#tokens = perSecond;
  }

  /** Whether one more may pass at `now` (ms). */
  admit(now: number): boolean {
    this.#tokens = Math.min(this.perSecond, this.#tokens + ((now - this.#refilled) * this.perSecond) / 1000);
    this.#refilled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
