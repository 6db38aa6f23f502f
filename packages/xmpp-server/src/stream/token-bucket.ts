/** A token bucket over bytes: how long a connection must not be read from, so that its average rate stays bounded. */

export interface Rate {
  /** Bytes a second, on average. */
  readonly bytesPerSecond: number;
  /** Bytes that may come at once. */
  readonly burst: number;
}

export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /** @param now milliseconds, on the clock that `take` is given */
  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Pays for bytes already read. @returns milliseconds to wait until more may be read (0: none) */
  take(bytes: number, now: number): number {
    const { bytesPerSecond, burst } = this.rate;
    const earned = ((now - this.#filledAt) / 1000) * bytesPerSecond;
    this.#tokens = Math.min(burst, this.#tokens + earned) - bytes;
    this.#filledAt = now;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / bytesPerSecond) * 1000);
  }
}
