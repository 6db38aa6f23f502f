/**
 * What a receiver may be sent of each source: in the order of what it looks at, then of who speaks, and of the first N only.
 */
import type { SourceVideoType } from '@conclave/signaling';

import { smallestLastN } from './last-n.js';
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

export const isEnabled = ({ videoType }: OrderedSource): boolean =>
  videoType !== 'disabled' && videoType !== 'none';

/**
 * The constraints on `sources`, which come in the order of speech, in the order of their priority for this receiver.
 * @param bridgeLastN the limit of the bridge in this conference; -1: none
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
  const lastN = smallestLastN(wishes.lastN, bridgeLastN);
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
