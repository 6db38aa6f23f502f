/**
 * Asks a sender again for packets that did not arrive (RFC 4585 s.6.2.1). A gap is first given a moment for mere
 * reordering; then each missing packet is asked for until it comes or ten requests were in vain.
 */

/** Below this many missing in one gap they are asked for; beyond it the stream has jumped and starts afresh. */
const MAX_GAP = 100;
const MAX_MISSING = 200;
const MAX_REQUESTS = 10;
/** Packets that must have overtaken a missing one … */
const REORDER_PACKETS = 2;
/** … or time, in ms, that must have passed, before it counts as lost. */
const REORDER_DELAY = 10;
const MIN_RETRY = 40;
const DEFAULT_RETRY = 150;

interface Missing {
  requests: number;
  /** Arrivals counted when it was overtaken. */
  readonly overtaken: number;
  /** When it may be asked for (next), in ms. */
  due: number;
}

export class NackRequester {
  #highest = -1;
  #arrivals = 0;
  readonly #missing = new Map<number, Missing>();

  get missing(): number {
    return this.#missing.size;
  }

  /** Notes that packet `unwrapped` has arrived at `now` (ms). */
  received(unwrapped: number, now: number): void {
    const ahead = unwrapped - this.#highest;
    this.#arrivals += 1;
    if (this.#highest < 0 || ahead === 1) {
      this.#highest = unwrapped;
    } else if (ahead <= 0) {
      this.#missing.delete(unwrapped);
    } else {
      if (ahead > MAX_GAP || this.#missing.size + ahead > MAX_MISSING) this.#missing.clear();
      else this.#open(unwrapped, now);
      this.#highest = unwrapped;
    }
  }

  /** Nobody needs what is missing. */
  giveUp(): void {
    this.#missing.clear();
  }

  #open(unwrapped: number, now: number): void {
    for (let lost = this.#highest + 1; lost < unwrapped; lost++) {
      this.#missing.set(lost, { requests: 0, overtaken: this.#arrivals, due: now + REORDER_DELAY });
    }
  }

  /**
   * The 16-bit numbers to ask for at `now`, oldest first; each is then left alone for about `rtt` (ms; undefined when
   * it is not known yet).
   */
  due(now: number, rtt: number | undefined): number[] {
    if (this.#missing.size === 0) return [];
    const retry =
      rtt === undefined ? DEFAULT_RETRY : Math.min(DEFAULT_RETRY, Math.max(MIN_RETRY, rtt * 1.25));
    const sequences: number[] = [];
    for (const [unwrapped, state] of this.#missing) {
      const overtaken = this.#arrivals - state.overtaken + 1 >= REORDER_PACKETS;
      if (now < state.due && (state.requests > 0 || !overtaken)) continue;
      if (state.requests === MAX_REQUESTS) {
        this.#missing.delete(unwrapped);
        continue;
      }
      state.requests += 1;
      state.due = now + retry;
      sequences.push(unwrapped & 0xffff);
    }
    return sequences;
  }
}
