/**
 * The loudest participants of the moment (loudest-N forwarding): with many open microphones only these are sent on. A level is
 * smoothed, and forgotten when nothing follows it.
 */

/** Weight of a new level against those before it, in per cent. */
const WEIGHT = 50;
/** How long (ms) a level counts. */
const EXPIRY = 150;

interface Entry {
  readonly endpoint: string;
  level: number;
  heard: number;
}

export class LoudestSpeakers {
  /** Loudest first; at most `count`. */
  readonly #ranked: Entry[] = [];
  readonly #all = new Map<string, Entry>();

  constructor(private readonly count: number) {}

  /** Notes a level (0 … 127) of `endpoint`; answers whether it is now among the loudest. */
  level(endpoint: string, level: number, now: number): boolean {
    let entry = this.#all.get(endpoint);
    if (entry === undefined) {
      entry = { endpoint, level: 0, heard: -Infinity };
      this.#all.set(endpoint, entry);
    }
    const former = now - entry.heard > EXPIRY ? 0 : entry.level;
    entry.level = Math.floor((WEIGHT * level + (100 - WEIGHT) * former + 50) / 100);
    entry.heard = now;
    return this.#rank(entry, now);
  }

  #rank(entry: Entry, now: number): boolean {
    const ranked = this.#ranked;
    for (let index = ranked.length - 1; index >= 0; index--) {
      const each = ranked[index] as Entry;
      if (each === entry || now - each.heard > EXPIRY) ranked.splice(index, 1);
    }
    let place = ranked.length;
    while (place > 0 && (ranked[place - 1] as Entry).level < entry.level) place--;
    if (place >= this.count) return false;
    ranked.splice(place, 0, entry);
    if (ranked.length > this.count) ranked.pop();
    return true;
  }

  /** Whether `endpoint` was among the loudest when last heard, a moment ago. */
  includes(endpoint: string, now: number): boolean {
    return this.#ranked.some((entry) => entry.endpoint === endpoint && now - entry.heard <= EXPIRY);
  }

  remove(endpoint: string): void {
    this.#all.delete(endpoint);
    const index = this.#ranked.findIndex((entry) => entry.endpoint === endpoint);
    if (index >= 0) this.#ranked.splice(index, 1);
  }
}
