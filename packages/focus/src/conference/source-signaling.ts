/**
 * What one receiver has been told of the others' sources, and what it should know: the difference between the two is at
 * most one source-remove followed by at most one source-add, however many changes led to it.
 */
import type { MediaType, SourceSet } from '@conclave/signaling';
import {
  BRIDGE_OWNER,
  difference,
  isEmpty,
  NO_SOURCES,
  onlyMedia,
  union,
  withoutSimulcast,
} from './source-set.js';

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
  /** The bridge tells the receiver itself what it sends: only the bridge's own sources are signalled. */
  readonly ssrcRewriting: boolean;
}

export class SourceSignaling {
  readonly #filter: ReceiverFilter;
  #desired = new Map<string, SourceSet>();
  #signalled = new Map<string, SourceSet>();
  /** Owners of whom the receiver may have to be told something. */
  readonly #changed = new Set<string>();

  constructor(filter: ReceiverFilter) {
    this.#filter = filter;
  }

  /** The offer tells the receiver all of `sources`; the answer is what of it the offer must hold. */
  reset(sources: SourcesByOwner): SourcesByOwner {
    this.#desired = new Map(sources);
    this.#signalled = new Map(sources);
    this.#changed.clear();
    const told = new Map<string, SourceSet>();
    for (const [owner, set] of sources) put(told, owner, this.#visible(owner, set));
    return told;
  }

  add(owner: string, sources: SourceSet): void {
    put(this.#desired, owner, union(this.#desired.get(owner) ?? NO_SOURCES, sources));
    this.#changed.add(owner);
  }

  remove(owner: string, sources: SourceSet): void {
    put(this.#desired, owner, difference(this.#desired.get(owner) ?? NO_SOURCES, sources));
    this.#changed.add(owner);
  }

  /** `owner` has no sources any more, whatever it had. */
  removeAll(owner: string): void {
    this.#desired.delete(owner);
    this.#changed.add(owner);
  }

  /** `owner` left the room: receivers learn that from presence, so nothing is signalled (client contract 3.7). */
  forget(owner: string): void {
    this.#desired.delete(owner);
    this.#signalled.delete(owner);
    this.#changed.delete(owner);
  }

  /** What to signal now; from here on it counts as signalled. */
  update(): SourceUpdate {
    const remove = new Map<string, SourceSet>();
    const add = new Map<string, SourceSet>();
    for (const owner of this.#changed) {
      const desired = this.#desired.get(owner) ?? NO_SOURCES;
      const before = this.#visible(owner, this.#signalled.get(owner) ?? NO_SOURCES);
      const after = this.#visible(owner, desired);
      put(remove, owner, difference(before, after));
      put(add, owner, difference(after, before));
      put(this.#signalled, owner, desired);
    }
    this.#changed.clear();
    return { remove, add };
  }

  /** The part of an owner's sources that the receiver is told of. */
  #visible(owner: string, sources: SourceSet): SourceSet {
    const { media, stripSimulcast, ssrcRewriting } = this.#filter;
    if (ssrcRewriting && owner !== BRIDGE_OWNER) return NO_SOURCES;
    return onlyMedia(stripSimulcast ? withoutSimulcast(sources) : sources, media);
  }
}

/** Sets what is not empty and deletes what is. */
const put = (map: Map<string, SourceSet>, owner: string, sources: SourceSet): void => {
  if (isEmpty(sources)) map.delete(owner);
  else map.set(owner, sources);
};
