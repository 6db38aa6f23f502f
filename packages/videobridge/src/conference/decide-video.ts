/** One allocation as a receiver sees it: from what it wants, what there is and what it is sent already to what it is sent next of each source. */
import { allocate } from '../bandwidth/allocation/allocate.js';
import { candidateLayers, withinFrameRate } from '../bandwidth/allocation/candidate-layers.js';
import { effectiveConstraints, isEnabled } from '../bandwidth/allocation/effective-constraints.js';
import type { Decision } from '../bandwidth/allocation/reason.js';
import type { ReceiverConstraints } from '../bandwidth/allocation/receiver-constraints.js';
import type { AllocationRecord } from './allocation-record.js';
import type { VideoSource } from './video-source.js';

/** How a source is sent to the receiver at present. */
interface SentVideo {
  /** `layerIndex`; -1: it is not. */
  readonly target: number;
  /** In ms: it grows no earlier again. */
  readonly heldUntil: number;
}

export interface VideoSituation {
  /** In the order of speech. */
  readonly sources: readonly VideoSource[];
  readonly wishes: ReceiverConstraints;
  readonly sent: ReadonlyMap<VideoSource, SentVideo>;
  /** Bits a second. */
  readonly budget: number;
  /** The bridge's; -1: no limit. */
  readonly lastN: number;
  /** Whether layers are judged by what their senders mean to send. */
  readonly targetBitrates: boolean;
}

/** Decides; nothing is changed by it. @param now in ms */
export function decideVideo(situation: VideoSituation, now: number): AllocationRecord {
  const { sources, wishes, sent, budget, lastN, targetBitrates } = situation;
  const held = (source: VideoSource): boolean => now < (sent.get(source)?.heldUntil ?? 0);
  const constraints = effectiveConstraints(sources, wishes, lastN);
  const claims = constraints.map(({ source, maxHeight, maxFrameRate, onStage }) => ({
    candidates: candidateLayers(
      maxHeight === 0 ? [] : withinFrameRate(source.layers(now, targetBitrates), maxFrameRate),
      source.videoType,
      maxHeight,
      onStage,
      sent.get(source)?.target ?? -1,
      held(source),
    ),
    maxHeight,
    onStage,
  }));
  const { targets, ...sums } = allocate(claims, wishes.assumedBandwidth ?? budget);
  const decisions = new Map(
    constraints.map(({ source, maxHeight }, index): [VideoSource, Decision] => [
      source,
      {
        enabled: isEnabled(source),
        wanted: wishes.maxHeight(source.name),
        maxHeight,
        layers: claims[index]?.candidates.layers ?? [],
        target: targets[index] ?? -1,
        held: held(source),
      },
    ]),
  );
  return { at: now, budget, ...sums, decisions };
}
