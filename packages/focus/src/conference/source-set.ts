/** Arithmetic on sets of sources and source groups (XEP-0339): sources are the same by SSRC, groups by meaning and members. */
import type { MediaSources, MediaType, Source, SourceGroup, SourceSet } from '@conclave/signaling';

/** Owner of the sources from which a bridge sends its feedback. */
export const BRIDGE_OWNER = 'jvb';

export const MEDIA_TYPES: readonly MediaType[] = ['audio', 'video'];

const NO_MEDIA_SOURCES: MediaSources = { sources: [], groups: [] };

export const NO_SOURCES: SourceSet = { audio: NO_MEDIA_SOURCES, video: NO_MEDIA_SOURCES };

export const sameGroup = (a: SourceGroup, b: SourceGroup): boolean =>
  a.semantics === b.semantics &&
  a.ssrcs.length === b.ssrcs.length &&
  a.ssrcs.every((ssrc, index) => ssrc === b.ssrcs[index]);

export const sourceCount = (set: SourceSet): number => set.audio.sources.length + set.video.sources.length;
export const groupCount = (set: SourceSet): number => set.audio.groups.length + set.video.groups.length;
export const isEmpty = (set: SourceSet): boolean => sourceCount(set) + groupCount(set) === 0;

/** Builds a set medium by medium. */
export const mapMedia = (build: (media: MediaType) => MediaSources): SourceSet => ({
  audio: build('audio'),
  video: build('video'),
});

/** All of `a`, and what `b` has besides. */
export const union = (a: SourceSet, b: SourceSet): SourceSet => {
  const extra = difference(b, a);
  return mapMedia((media) => ({
    sources: [...a[media].sources, ...extra[media].sources],
    groups: [...a[media].groups, ...extra[media].groups],
  }));
};

/** What `a` has and `b` has not. */
export const difference = (a: SourceSet, b: SourceSet): SourceSet =>
  mapMedia((media) => {
    const ssrcs = new Set(b[media].sources.map((source) => source.ssrc));
    return {
      sources: a[media].sources.filter((source) => !ssrcs.has(source.ssrc)),
      groups: a[media].groups.filter((group) => !b[media].groups.some((other) => sameGroup(group, other))),
    };
  });

/** The part of a set whose media the receiver can play. */
export const onlyMedia = (set: SourceSet, supported: ReadonlySet<MediaType>): SourceSet =>
  mapMedia((media) => (supported.has(media) ? set[media] : NO_MEDIA_SOURCES));

/**
 * What a receiver is told of simulcast: of each SIM group the first layer with its retransmission partner, and no SIM
 * group. The bridge sends one layer at a time, always under the SSRC of the first (client contract 4.3).
 */
export const withoutSimulcast = (set: SourceSet): SourceSet => ({
  audio: set.audio,
  video: firstLayers(set.video),
});

const firstLayers = ({ sources, groups }: MediaSources): MediaSources => {
  const hidden = new Set(groups.filter(isSimulcast).flatMap((group) => group.ssrcs.slice(1)));
  if (hidden.size === 0) return { sources, groups: groups.filter((group) => !isSimulcast(group)) };
  for (const group of groups) {
    const [primary, retransmission] = group.ssrcs;
    if (group.semantics === 'FID' && primary !== undefined && retransmission !== undefined) {
      if (hidden.has(primary)) hidden.add(retransmission);
    }
  }
  return {
    sources: sources.filter((source) => !hidden.has(source.ssrc)),
    groups: groups.filter((group) => !isSimulcast(group) && !group.ssrcs.some((ssrc) => hidden.has(ssrc))),
  };
};

const isSimulcast = (group: SourceGroup): boolean => group.semantics === 'SIM';

/** Marks each source with the endpoint that sends it. */
export const ownedBy = (owner: string, set: SourceSet): SourceSet =>
  mapMedia((media) => ({
    sources: set[media].sources.map((source): Source => ({ ...source, owner })),
    groups: set[media].groups,
  }));
