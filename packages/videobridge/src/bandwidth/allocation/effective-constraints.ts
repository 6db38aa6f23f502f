/**
 * What a receiver may be sent of each source: in the order of what it looks at, then of who speaks, and of the first N only.
 */
import type { SourceVideoType } from '@conclave/signaling';

import type { ReceiverConstraints } from './receiver-constraints.js';

/** A source as far as its place in the order depends on it. */
export interface OrderedSource {
  readonly name: string;
  readonly videoType: SourceVideoType;
}

export interface EffectiveConstraint<Source extends OrderedSource> {
  readonly source: Source;
  /** Lines; -1: no limit, 0: nothing is sent. */
  readonly maxHeight: number;
  /** Frames a second; -1: no limit. */
  readonly maxFrameRate: number;
  readonly onStage: boolean;
}

/** Of a conference with so many sources and more, at most so many are sent to anybody. */
const CONFERENCE_LIMITS: readonly (readonly [number, number])[] = [
  [30, 15],
  [20, 20],
];

export const isEnabled = ({ videoType }: OrderedSource): boolean =>
  videoType !== 'disabled' && videoType !== 'none';

/** The smallest of those limits that are set (not negative); -1 when none is. */
function smallest(limits: readonly number[]): number {
  const set = limits.filter((limit) => limit >= 0);
  return set.length === 0 ? -1 : Math.min(...set);
}

/**
 * The constraints on `sources`, which come in the order of speech, in the order of their priority for this receiver.
 * @param bridgeLastN the limit of the whole bridge; -1: none
 */
export function effectiveConstraints<Source extends OrderedSource>(
  sources: readonly Source[],
  wishes: ReceiverConstraints,
  bridgeLastN: number,
): EffectiveConstraint<Source>[] {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const wanted = new Set([...wishes.onStageSources, ...wishes.selectedSources]);
  const selected = [...wanted].map((name) => byName.get(name)).filter((source) => source !== undefined);
  const order = [
    ...selected.filter(isEnabled),
    ...sources.filter((source) => isEnabled(source) && !wanted.has(source.name)),
    ...sources.filter((source) => !isEnabled(source)),
  ];
  const limit = CONFERENCE_LIMITS.find(([size]) => sources.length + 1 >= size)?.[1] ?? -1;
  const lastN = smallest([wishes.lastN, bridgeLastN, limit]);
  const onStage = new Set(wishes.onStageSources);
  let sent = 0;
  return order.map((source) => {
    const wish = isEnabled(source) ? wishes.maxHeight(source.name) : 0;
    const maxHeight = wish === 0 || (lastN >= 0 && sent >= lastN) ? 0 : wish;
    if (maxHeight !== 0) sent += 1;
    const maxFrameRate = wishes.maxFrameRate(source.name);
    return { source, maxHeight, maxFrameRate, onStage: onStage.has(source.name) };
  });
}
