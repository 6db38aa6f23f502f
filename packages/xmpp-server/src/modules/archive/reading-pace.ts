/** How fast one person may read archives: a short request can have a long answer, and make the database work. */
import { TokenBucket, type Rate } from '../../stream/token-bucket.js';

/** Persons whose pace is remembered. */
const remembered = 10_000;

export class ReadingPace {
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param cost of any request, beside what is sent */
  constructor(
    private readonly rate: Rate,
    private readonly cost: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether the person (a bare JID) may ask now. */
  admits(person: string): boolean {
    const known = this.#buckets.get(person);
    // It becomes the newest again, so that the ones forgotten are those who have not asked for longest.
    this.#buckets.delete(person);
    const bucket = known ?? new TokenBucket(this.rate, this.now());
    this.#buckets.set(person, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= remembered) break;
      this.#buckets.delete(oldest);
    }
    const waits = bucket.take(0, this.now()) > 0;
    if (!waits) bucket.take(this.cost, this.now());
    return !waits;
  }

  /** Counts what the person was sent. */
  sent(person: string, characters: number): void {
    this.#buckets.get(person)?.take(characters, this.now());
  }
}
