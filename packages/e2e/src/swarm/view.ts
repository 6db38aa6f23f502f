/**
 * What one participant knows of the others' sources, as lib-jitsi-meet comes to know it (client contract 4.3, 4.5, 3.7): an offer
 * begins anew, source-add and source-remove change it, the end of the session empties it, and whoever leaves the room is forgotten.
 */
import type { Jingle, Source } from '@conclave/signaling';

/** Owner of the bridge's own sources. */
const bridgeOwner = 'jvb';

const ownerOf = ({ owner, name, ssrc }: Source): string =>
  owner ?? (name === undefined ? undefined : /^(.+)-[av]\d+/.exec(name)?.[1]) ?? `ssrc ${ssrc}`;

/** All sources in both forms, without the bridge's own. */
function sourcesIn({ contents, jsonSources }: Jingle): { readonly owner: string; readonly ssrc: number }[] {
  const sets = [...(jsonSources?.values() ?? [])].flatMap(({ audio, video }) => [audio, video]);
  const inContents = contents.flatMap(({ description }) => (description ? [description.sources] : []));
  return [...inContents, ...sets]
    .flatMap(({ sources }) => sources)
    .map((source) => ({ owner: ownerOf(source), ssrc: source.ssrc }))
    .filter(({ owner }) => owner !== bridgeOwner);
}

export class View {
  private readonly ssrcs = new Map<string, Set<number>>();
  /** Rules that what was told has broken, in words. */
  readonly faults: string[] = [];

  /** @param isPresent whether an endpoint is in the room, as presence has told */
  constructor(private readonly isPresent: (endpoint: string) => boolean) {}

  /** Sorted SSRCs by owner. */
  get sources(): ReadonlyMap<string, readonly number[]> {
    return new Map([...this.ssrcs].map(([owner, set]) => [owner, [...set].sort((a, b) => a - b)]));
  }

  offered(offer: Jingle): void {
    this.ssrcs.clear();
    this.added(offer);
  }

  added(change: Jingle): void {
    for (const { owner, ssrc } of sourcesIn(change)) {
      if ([...this.ssrcs.values()].some((known) => known.has(ssrc)))
        this.faults.push(`${change.action} told ${ssrc} of ${owner} twice`);
      const known = this.ssrcs.get(owner) ?? new Set();
      this.ssrcs.set(owner, known.add(ssrc));
    }
  }

  removed(change: Jingle): void {
    for (const { owner, ssrc } of sourcesIn(change)) {
      const known = this.ssrcs.get(owner);
      // Whoever has left is forgotten already.
      if (known?.delete(ssrc) !== true && this.isPresent(owner))
        this.faults.push(`${change.action} took ${ssrc} of ${owner}, which was never told`);
      if (known?.size === 0) this.ssrcs.delete(owner);
    }
  }

  ended(): void {
    this.ssrcs.clear();
  }

  left(endpoint: string): void {
    this.ssrcs.delete(endpoint);
  }
}
