/** Which sources an endpoint may have: so many, and none under an SSRC that is somebody else's or the bridge's. */
import type { MediaSource } from '@conclave/signaling';

import type { BridgeLimits } from './limits.js';
import { encodingsIn, type SentSource } from './source.js';

/** Why sources were refused. */
export type SourceRefusal = 'too-many-sources' | 'ssrc-in-use';

/** @param taken SSRCs that are in use; those of `sources` are added */
export function refuseSources(
  sources: readonly MediaSource[],
  taken: Set<number>,
  { sourcesPerEndpoint, ssrcsPerEndpoint }: BridgeLimits,
): SourceRefusal | undefined {
  const ssrcs = sources.flatMap(ssrcsOf);
  if (sources.length > sourcesPerEndpoint || ssrcs.length > ssrcsPerEndpoint) return 'too-many-sources';
  // The sources of one endpoint must not overlap each other either.
  for (const ssrc of ssrcs) {
    if (taken.has(ssrc)) return 'ssrc-in-use';
    taken.add(ssrc);
  }
  return undefined;
}

/** The SSRCs of `sources`, retransmission included, but for those of the endpoint `owner`. */
export function ssrcsBeside(owner: string, sources: readonly SentSource[]): Set<number> {
  const ssrcs = new Set<number>();
  for (const source of sources) {
    if (source.owner === owner) continue;
    for (const { ssrc, rtx } of encodingsIn(source)) ssrcs.add(ssrc).add(rtx ?? ssrc);
  }
  return ssrcs;
}

function ssrcsOf(source: MediaSource): number[] {
  return [
    ...new Set([...source.sources.map(({ ssrc }) => ssrc), ...source.groups.flatMap(({ ssrcs }) => ssrcs)]),
  ];
}
