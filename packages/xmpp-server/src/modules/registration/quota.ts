/** So many of something in a period, for each key; when it does not fit any more, those who came first are forgotten. */

const remembered = 10_000;

export class Quota {
  readonly #used = new Map<string, { count: number; readonly until: number }>();

  /** @param period milliseconds @param now milliseconds */
  constructor(
    private readonly max: number,
    private readonly period: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes one, if there is one left. */
  take(key: string): boolean {
    const now = this.now();
    let used = this.#used.get(key);
    if (used === undefined || used.until <= now) {
      this.#used.delete(key);
      used = { count: 0, until: now + this.period };
      this.#used.set(key, used);
      const oldest = this.#used.keys().next();
      if (this.#used.size > remembered && oldest.done !== true) this.#used.delete(oldest.value);
    }
    used.count++;
    return used.count <= this.max;
  }
}
