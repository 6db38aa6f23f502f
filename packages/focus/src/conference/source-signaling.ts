/**
 * What one receiver has been told of the others' sources, and what it should know: the difference between the two is at
 * most one source-remove followed by at most one source-add, however many changes led to it.
 */
import type { MediaType, SourceSet } from '@conclave/signaling';
import { difference, isEmpty, NO_SOURCES, onlyMedia, union, withoutSimulcast } from './source-set.js';

export type SourcesByOwner = ReadonlyMap<string, SourceSet>;

/** What must be signalled for the receiver to be up to date; empty maps when nothing must be. */
export interface SourceUpdate {
  readonly remove: SourcesByOwner;
  readonly add: SourcesByOwner;
}

export interface ReceiverFilter {
  /** Media that the receiver can play. */
  readonly media: ReadonlySet<MediaType>;
  /** Whether of simulcast only the first layer is told. */
  readonly stripSimulcast: boolean;
}

export class SourceSignaling {
  readonly #filter: ReceiverFilter;
  #desired = new Map<string, SourceSet>();
  #signalled = new Map<string, SourceSet>();

  constructor(filter: ReceiverFilter) {
    this.#filter = filter;
  }

  /** The offer tells the receiver all of `sources`; the answer is what of it the offer must hold. */
  reset(sources: SourcesByOwner): SourcesByOwner {
    this.#desired = new Map(sources);
    this.#signalled = new Map(sources);
    return this.#visible(sources);
  }

  add(owner: string, sources: SourceSet): void {
    this.#desired.set(owner, union(this.#desired.get(owner) ?? NO_SOURCES, sources));
  }

  remove(owner: string, sources: SourceSet): void {
    const rest = difference(this.#desired.get(owner) ?? NO_SOURCES, sources);
    if (isEmpty(rest)) this.#desired.delete(owner);
    else this.#desired.set(owner, rest);
  }

  /** `owner` left the room: receivers learn that from presence, so nothing is signalled (client contract 3.7). */
  forget(owner: string): void {
    this.#desired.delete(owner);
    this.#signalled.delete(owner);
  }

  /** What to signal now; from here on it counts as signalled. */
  update(): SourceUpdate {
    const desired = this.#visible(this.#desired);
    const signalled = this.#visible(this.#signalled);
    this.#signalled = new Map(this.#desired);
    return { remove: missing(signalled, desired), add: missing(desired, signalled) };
  }

  #visible(sources: SourcesByOwner): SourcesByOwner {
    const { media, stripSimulcast } = this.#filter;
    const visible = new Map<string, SourceSet>();
    for (const [owner, set] of sources) {
      const playable = onlyMedia(stripSimulcast ? withoutSimulcast(set) : set, media);
      if (!isEmpty(playable)) visible.set(owner, playable);
    }
    return visible;
  }
}

/** What `from` has and `other` lacks, by owner. */
const missing = (from: SourcesByOwner, other: SourcesByOwner): SourcesByOwner => {
  const result = new Map<string, SourceSet>();
  for (const [owner, set] of from) {
    const rest = difference(set, other.get(owner) ?? NO_SOURCES);
    if (!isEmpty(rest)) result.set(owner, rest);
  }
  return result;
};
