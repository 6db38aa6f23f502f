/** The pace of a client that has no request held (XEP-0124 s.12): its empty requests come no sooner than was agreed on. */
import type { ClientBody } from './body.js';
import type { BoshTerms } from './terms.js';

export class Polling {
  /** When an empty request was handled last, if nothing else has been since. */
  #polledAt = -Infinity;

  constructor(private readonly terms: Pick<BoshTerms, 'hold' | 'polling'>) {}

  /** Whether a request that is now handled has come too soon. @param now milliseconds */
  isTooOften({ elements, pause, restart, terminate }: ClientBody, now: number): boolean {
    if (this.terms.hold > 0) return false;
    const empty = elements.length === 0 && pause === undefined && !restart && !terminate;
    const tooOften = empty && now - this.#polledAt < this.terms.polling;
    this.#polledAt = empty ? now : -Infinity;
    return tooOften;
  }
}
