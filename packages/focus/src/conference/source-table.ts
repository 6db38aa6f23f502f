/**
 * All sources of a conference by owner. A change is validated as a whole against the owner's resulting set and against
 * what the others have; the first violation refuses it and nothing changes.
 */
import type { MediaType, SourceSet } from '@conclave/signaling';
import { brokenRule, type SourceLimits } from './source-rules.js';
import { difference, isEmpty, mapMedia, MEDIA_TYPES, NO_SOURCES, sameGroup, union } from './source-set.js';

export type SourceChange =
  | { readonly kind: 'changed'; readonly sources: SourceSet }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): SourceChange => ({ kind: 'refused', reason });

export class SourceTable {
  readonly #limits: SourceLimits;
  readonly #byOwner = new Map<string, SourceSet>();
  readonly #ssrcOwner = new Map<number, string>();
  readonly #reserved = new Set<number>();

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  /** Nobody may use the SSRCs of these from now on. */
  reserve(sources: SourceSet): void {
    for (const media of MEDIA_TYPES) for (const { ssrc } of sources[media].sources) this.#reserved.add(ssrc);
  }

  /** The first SSRC of those that `next` gives which nobody uses; nobody may use it until it is released. */
  reserveSsrc(next: () => number): number {
    let ssrc = next();
    while (this.#ssrcOwner.has(ssrc) || this.#reserved.has(ssrc)) ssrc = next();
    this.#reserved.add(ssrc);
    return ssrc;
  }

  releaseSsrc(ssrc: number): void {
    this.#reserved.delete(ssrc);
  }

  /** What `owner` sends now. */
  of(owner: string): SourceSet {
    return this.#byOwner.get(owner) ?? NO_SOURCES;
  }

  /** What everybody but `receiver` sends, by owner. */
  allBut(receiver: string): ReadonlyMap<string, SourceSet> {
    return new Map([...this.#byOwner].filter(([owner]) => owner !== receiver));
  }

  /** Adds sources and groups; the answer holds what is new (empty and known groups are dropped silently). */
  add(owner: string, requested: SourceSet): SourceChange {
    const seen = new Set<number>();
    for (const media of MEDIA_TYPES) {
      for (const { ssrc, msid } of requested[media].sources) {
        if (this.#ssrcOwner.has(ssrc) || this.#reserved.has(ssrc) || seen.has(ssrc))
          return refused(`SSRC ${ssrc} is already used`);
        seen.add(ssrc);
        if (msid && this.#isForeignMsid(owner, msid)) return refused(`msid of ${ssrc} is used by another`);
      }
    }
    const current = this.of(owner);
    const added = mapMedia((media) => ({
      sources: requested[media].sources,
      groups: requested[media].groups.filter(
        (group, index, all) =>
          group.ssrcs.length > 0 &&
          all.findIndex((other) => sameGroup(group, other)) === index &&
          !current[media].groups.some((known) => sameGroup(group, known)),
      ),
    }));
    const result = union(current, added);
    const broken = brokenRule(owner, result, this.#limits);
    if (broken) return refused(broken);
    this.#store(owner, result);
    for (const ssrc of seen) this.#ssrcOwner.set(ssrc, owner);
    return { kind: 'changed', sources: added };
  }

  /** Removes sources by their SSRC, with every group that touches one, and the groups named. */
  remove(owner: string, requested: SourceSet): SourceChange {
    const current = this.of(owner);
    const ssrcs = new Set<number>();
    for (const media of MEDIA_TYPES) {
      for (const { ssrc } of requested[media].sources) {
        if (!hasSource(current, media, ssrc)) return refused(`SSRC ${ssrc} is not a source of this endpoint`);
        ssrcs.add(ssrc);
      }
      const known = current[media].groups;
      if (!requested[media].groups.every((group) => known.some((other) => sameGroup(group, other)))) {
        return refused('no such source group');
      }
    }
    const removed = mapMedia((media) => ({
      sources: current[media].sources.filter(({ ssrc }) => ssrcs.has(ssrc)),
      groups: current[media].groups.filter(
        (group) =>
          group.ssrcs.some((ssrc) => ssrcs.has(ssrc)) ||
          requested[media].groups.some((other) => sameGroup(group, other)),
      ),
    }));
    const result = difference(current, removed);
    const broken = brokenRule(owner, result, this.#limits);
    if (broken) return refused(broken);
    this.#store(owner, result);
    for (const ssrc of ssrcs) this.#ssrcOwner.delete(ssrc);
    return { kind: 'changed', sources: removed };
  }

  /** Forgets an owner; the answer is what it had. */
  removeOwner(owner: string): SourceSet {
    const sources = this.of(owner);
    for (const media of MEDIA_TYPES) {
      for (const { ssrc } of sources[media].sources) this.#ssrcOwner.delete(ssrc);
    }
    this.#byOwner.delete(owner);
    return sources;
  }

  #store(owner: string, sources: SourceSet): void {
    if (isEmpty(sources)) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, sources);
  }

  #isForeignMsid(owner: string, msid: string): boolean {
    for (const [other, set] of this.#byOwner) {
      if (other === owner) continue;
      if (MEDIA_TYPES.some((media) => set[media].sources.some((source) => source.msid === msid))) return true;
    }
    return false;
  }
}

const hasSource = (set: SourceSet, media: MediaType, ssrc: number): boolean =>
  set[media].sources.some((source) => source.ssrc === ssrc);
