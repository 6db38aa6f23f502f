/** How long a push service that fails is left alone: twice as long each time; and when there is no hope for it. */

interface Failures {
  readonly count: number;
  /** Milliseconds of the epoch. */
  readonly until: number;
}

export interface PatienceOptions {
  /** Milliseconds after the first failure, and at most. */
  readonly first: number;
  readonly longest: number;
  /** Failures in a row after which there is no hope. */
  readonly most: number;
}

/** Services whose failures are remembered. */
const remembered = 10_000;

export class Patience {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly options: PatienceOptions) {}

  /** @param now milliseconds of the epoch */
  mayTry(service: string, now: number): boolean {
    return (this.#failures.get(service)?.until ?? 0) <= now;
  }

  succeeded(service: string): void {
    this.#failures.delete(service);
  }

  /** @returns whether there still is hope */
  failed(service: string, now: number): boolean {
    const { first, longest, most } = this.options;
    const count = (this.#failures.get(service)?.count ?? 0) + 1;
    this.#failures.delete(service);
    if (count >= most) return false;
    this.#failures.set(service, { count, until: now + Math.min(longest, first * 2 ** (count - 1)) });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= remembered) break;
      this.#failures.delete(oldest);
    }
    return true;
  }
}
