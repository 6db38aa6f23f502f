/**
 * The sources of others, as Jingle announces them (XEP-0339, and Jitsi's JSON form): all SSRCs of one name make one source,
 * e.g. a primary and its RTX. Each becomes one media line.
 */
import type { Jingle, MediaSources, MediaType, Source, SourceGroup, VideoType } from '@conclave/signaling';

export interface RemoteSource {
  /** `<endpoint>-v0` and the like; the SSRC in decimal where the source bears no name. */
  readonly name: string;
  readonly media: MediaType;
  /** Endpoint id of the sender; `jvb` for the bridge. */
  readonly owner: string;
  readonly videoType: VideoType;
  readonly ssrcs: readonly number[];
  readonly groups: readonly SourceGroup[];
}

/** Owner of the bridge's own sources, which only carry its feedback. */
export const bridgeOwner = 'jvb';

const mediaTypes: readonly MediaType[] = ['audio', 'video'];

function groupByName(media: MediaType, { sources, groups }: MediaSources, owner?: string): RemoteSource[] {
  const byName = new Map<string, Source[]>();
  for (const source of sources) {
    const name = source.name ?? String(source.ssrc);
    byName.set(name, [...(byName.get(name) ?? []), source]);
  }
  return [...byName].map(([name, members]) => {
    const ssrcs = [...new Set(members.map((member) => member.ssrc))];
    return {
      name,
      media,
      owner: owner ?? members.find((member) => member.owner !== undefined)?.owner ?? ownerOf(name),
      videoType: members.find((member) => member.videoType !== undefined)?.videoType ?? 'camera',
      ssrcs,
      groups: groups.filter((group) => group.ssrcs.every((ssrc) => ssrcs.includes(ssrc))),
    };
  });
}

/** The endpoint in a source name; an occupant JID as owner counts by its resource. */
function ownerOf(name: string): string {
  return /^(.+)-[av]\d+/.exec(name)?.[1] ?? name;
}

const endpointOf = (owner: string): string => owner.slice(owner.indexOf('/') + 1);

/** All sources of a session-initiate, source-add or source-remove, in both forms, the bridge's first. */
export function remoteSources(jingle: Pick<Jingle, 'contents' | 'jsonSources'>): RemoteSource[] {
  const found = [
    ...jingle.contents.flatMap(({ description }) =>
      description ? groupByName(description.media, description.sources) : [],
    ),
    ...[...(jingle.jsonSources ?? [])].flatMap(([owner, set]) =>
      mediaTypes.flatMap((media) => groupByName(media, set[media], owner)),
    ),
  ].map((source) => ({ ...source, owner: endpointOf(source.owner) }));
  const rank = (source: RemoteSource) => (source.owner === bridgeOwner ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}
