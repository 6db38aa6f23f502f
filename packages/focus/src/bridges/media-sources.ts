/** The sources of an endpoint as Colibri2 wants them. */
import type { MediaSource, MediaType, Source, SourceSet } from '@conclave/signaling';
import { MEDIA_TYPES } from '../conference/source-set.js';

const NAME_LETTER: Record<MediaType, string> = { audio: 'a', video: 'v' };

/** An endpoint's sources as bridges want them: by name, groups where their first SSRC is, no msid. */
export const mediaSources = (endpointId: string, set: SourceSet): MediaSource[] =>
  MEDIA_TYPES.flatMap((type) => {
    const byName = new Map<string, Source[]>();
    for (const { ssrc, name, videoType } of set[type].sources) {
      const id = name ?? `${endpointId}-${NAME_LETTER[type]}0`;
      const source = { ssrc, name: id, ...(videoType && { videoType }) };
      byName.set(id, [...(byName.get(id) ?? []), source]);
    }
    return [...byName].map(([id, sources]) => ({
      type,
      id,
      sources,
      groups: set[type].groups.filter((group) => sources.some((source) => source.ssrc === group.ssrcs[0])),
    }));
  });
