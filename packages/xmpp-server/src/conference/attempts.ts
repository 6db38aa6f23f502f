/** How often something may be tried in a stretch of time, each by its key; what has become old is forgotten. */
export class Attempts {
  readonly #made = new Map<string, { count: number; readonly since: number }>();
  #sweepAt = 1024;

  /** @param span in milliseconds */
  constructor(
    private readonly most: number,
    private readonly span: number,
  ) {}

  /** Counts one more, if it may be. @param now milliseconds of the epoch */
  take(key: string, now: number): boolean {
    if (this.#made.size >= this.#sweepAt) this.#sweep(now);
    const made = this.#made.get(key);
    if (made === undefined || now - made.since >= this.span) {
      this.#made.set(key, { count: 1, since: now });
      return true;
    }
    if (made.count >= this.most) return false;
    made.count += 1;
    return true;
  }

  /** Whether no more may be made now. */
  isSpent(key: string, now: number): boolean {
    const made = this.#made.get(key);
    return made !== undefined && now - made.since < this.span && made.count >= this.most;
  }

  #sweep(now: number): void {
    for (const [key, { since }] of this.#made) if (now - since >= this.span) this.#made.delete(key);
    this.#sweepAt = Math.max(1024, this.#made.size * 2);
  }
}
