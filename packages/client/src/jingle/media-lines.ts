/**
 * Which source stands on which m-line. The first audio and the first video line carry what we send and the bridge's feedback
 * sources; each further line carries one source of somebody. Lines never vanish from an SDP (RFC 8829 s.5.2.2): a removed
 * source leaves its line empty, and the next source of that medium takes it.
 */
import type { MediaType } from '@conclave/signaling';
import { type RemoteSource, bridgeOwner } from './remote-sources.js';

export interface MediaLine {
  readonly mid: string;
  readonly media: MediaType;
  /** Whether what we send goes out on this line. */
  readonly sending: boolean;
  readonly source?: RemoteSource;
}

export type MediaLines = readonly MediaLine[];

/** The lines of a new session: one for each medium offered, then one a source. */
export function initialLines(offered: readonly MediaType[], sources: readonly RemoteSource[]): MediaLines {
  const base = offered.map((media): MediaLine => {
    const feedback = sources.find((source) => source.media === media && source.owner === bridgeOwner);
    return { mid: media, media, sending: true, ...(feedback && { source: feedback }) };
  });
  return addSources(base, sources);
}

/** Gives each new source a line. Sources that have one, by name or by SSRC, and media that were not offered are passed over. */
export function addSources(lines: MediaLines, sources: readonly RemoteSource[]): MediaLines {
  return sources.reduce((sofar, source) => {
    if (!sofar.some((line) => line.media === source.media)) return sofar;
    if (sofar.some((line) => line.source && collide(line.source, source))) return sofar;
    const free = sofar.findIndex((line) => !line.sending && line.media === source.media && !line.source);
    if (free !== -1) return sofar.map((line, index) => (index === free ? { ...line, source } : line));
    return [...sofar, { mid: `s${sofar.length}`, media: source.media, sending: false, source }];
  }, lines);
}

/** Empties the lines of these sources. A source goes when any of its SSRCs is named. */
export function removeSources(lines: MediaLines, sources: readonly RemoteSource[]): MediaLines {
  const gone = new Set(sources.flatMap((source) => source.ssrcs));
  return empty(lines, (source) => source.ssrcs.some((ssrc) => gone.has(ssrc)));
}

/** Empties the lines of everyone who is not in `owners`: who leaves the room is not followed by a source-remove. */
export function keepOwners(lines: MediaLines, owners: ReadonlySet<string>): MediaLines {
  return empty(lines, (source) => source.owner !== bridgeOwner && !owners.has(source.owner));
}

function empty(lines: MediaLines, goes: (source: RemoteSource) => boolean): MediaLines {
  if (!lines.some((line) => line.source && goes(line.source))) return lines;
  return lines.map((line) => {
    if (!line.source || !goes(line.source)) return line;
    const { mid, media, sending } = line;
    return { mid, media, sending };
  });
}

function collide(a: RemoteSource, b: RemoteSource): boolean {
  return (a.media === b.media && a.name === b.name) || a.ssrcs.some((ssrc) => b.ssrcs.includes(ssrc));
}
