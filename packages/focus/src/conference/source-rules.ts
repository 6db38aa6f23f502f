/**
 * The rules that all sources of one endpoint must obey together (XEP-0339, RFC 5576): group members exist, FID pairs two,
 * a group shares one msid, and unrelated sources do not. The first violation is returned as text for the error.
 */
import type { MediaSources, MediaType, Source, SourceGroup, SourceSet } from '@conclave/signaling';
import { groupCount, MEDIA_TYPES, sourceCount } from './source-set.js';

export interface SourceLimits {
  readonly maxSourcesPerParticipant: number;
  readonly maxGroupsPerParticipant: number;
}

/** Longest source name or msid, in characters. */
const MAX_TEXT = 256;
const MAX_SSRC = 0xffff_ffff;
const NAME_LETTER: Record<MediaType, string> = { audio: 'a', video: 'v' };

/** The first rule that `set`, all sources of `owner`, breaks; `undefined` when it breaks none. */
export const brokenRule = (owner: string, set: SourceSet, limits: SourceLimits): string | undefined => {
  if (sourceCount(set) > limits.maxSourcesPerParticipant) return 'source limit reached';
  if (groupCount(set) > limits.maxGroupsPerParticipant) return 'source group limit reached';
  for (const media of MEDIA_TYPES) {
    for (const source of set[media].sources) {
      const broken = brokenSource(owner, media, source);
      if (broken) return broken;
    }
    const broken = brokenGroups(set[media]) ?? sharedMsid(set[media]);
    if (broken) return broken;
  }
  return undefined;
};

const brokenSource = (owner: string, media: MediaType, source: Source): string | undefined => {
  const { ssrc, name, msid } = source;
  if (!Number.isInteger(ssrc) || ssrc < 1 || ssrc > MAX_SSRC) return `invalid SSRC ${ssrc}`;
  if (msid !== undefined && msid.length > MAX_TEXT) return `msid of ${ssrc} is too long`;
  if (name !== undefined && !isNameOf(owner, media, name)) return `source ${ssrc} has the name of another`;
  return undefined;
};

/** Source names are `<endpoint>-a<n>` or `<endpoint>-v<n>`: nobody may signal in another's name. */
const isNameOf = (owner: string, media: MediaType, name: string): boolean =>
  name.length <= MAX_TEXT &&
  name.startsWith(`${owner}-${NAME_LETTER[media]}`) &&
  /^\d{1,4}$/.test(name.slice(owner.length + 2));

const brokenGroups = ({ sources, groups }: MediaSources): string | undefined => {
  const bySsrc = new Map(sources.map((source) => [source.ssrc, source]));
  for (const { semantics, ssrcs } of groups) {
    if (semantics === 'FID' && ssrcs.length !== 2) return 'an FID group needs two SSRCs';
    if (new Set(ssrcs).size !== ssrcs.length) return `a ${semantics} group names an SSRC twice`;
    const msids = new Set<string | undefined>();
    for (const ssrc of ssrcs) {
      const source = bySsrc.get(ssrc);
      if (!source) return `a ${semantics} group names ${ssrc}, which is no source`;
      if (!source.msid) return `grouped source ${ssrc} has no msid`;
      msids.add(source.msid);
    }
    if (msids.size > 1) return `the sources of a ${semantics} group have different msids`;
  }
  return undefined;
};

/** A track is one SIM group with its FID partners, one FID pair, or one source: two tracks have two msids. */
const sharedMsid = ({ sources, groups }: MediaSources): string | undefined => {
  const tracks = trackOf(groups);
  const msids = new Map<string, number>();
  for (const { ssrc, msid } of sources) {
    if (!msid) continue;
    const track = tracks.get(ssrc) ?? ssrc;
    const other = msids.get(msid);
    if (other !== undefined && other !== track) return `sources ${other} and ${ssrc} share an msid`;
    msids.set(msid, track);
  }
  return undefined;
};

/** Maps each grouped SSRC to the first SSRC of the track it belongs to. */
const trackOf = (groups: readonly SourceGroup[]): ReadonlyMap<number, number> => {
  const tracks = new Map<number, number>();
  const bySize = [...groups].sort((a, b) => Number(a.semantics === 'FID') - Number(b.semantics === 'FID'));
  for (const { ssrcs } of bySize) {
    const first = ssrcs[0];
    if (first === undefined) continue;
    const track = tracks.get(first) ?? first;
    for (const ssrc of ssrcs) tracks.set(ssrc, track);
  }
  return tracks;
};
