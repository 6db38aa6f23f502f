/** Slows down guessing of passwords: the more attempts failed of late, for an account or from an address, the longer an answer takes. */

/** Failures that cost nothing: people mistype. */
const free = 3;
const base = 250;
const longest = 8_000;
/** Milliseconds in which the count of failures halves. */
const halfLife = 60_000;
const refusedAfter = 100;
/** Keys that are kept count of; beyond, the oldest are forgotten. */
const remembered = 10_000;

interface Count {
  failures: number;
  at: number;
}

export class LoginThrottle {
  readonly #records = new Map<string, Count>();

  /** @param now milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  /** @param key an address or an account */
  failed(key: string): void {
    const failures = this.#failures(key) + 1;
    this.#records.delete(key);
    this.#records.set(key, { failures, at: this.now() });
    if (this.#records.size <= remembered) return;
    const oldest = this.#records.keys().next();
    if (oldest.done !== true) this.#records.delete(oldest.value);
  }

  /** Milliseconds to hold back the outcome of an attempt, good or bad. */
  delay(key: string): number {
    const excess = Math.floor(this.#failures(key)) - free;
    return excess < 0 ? 0 : Math.min(longest, base * 2 ** excess);
  }

  /** Whether so much has failed that nothing is tried any more for now. */
  refuses(key: string): boolean {
    return this.#failures(key) >= refusedAfter;
  }

  /** Failures of late: their number halves every minute. */
  #failures(key: string): number {
    const record = this.#records.get(key);
    return record === undefined ? 0 : record.failures * 2 ** (-(this.now() - record.at) / halfLife);
  }
}
