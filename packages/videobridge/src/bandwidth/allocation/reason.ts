/** Why a receiver is sent a source in the quality in which it is, in words for operators. */
import type { Layer } from '../../receive/encoding-layers.js';

/** What an allocation has decided of one source. */
export interface Decision {
  /** Whether its owner has it switched on. */
  readonly enabled: boolean;
  /** Lines that the receiver wants at most; -1: no limit, 0: none of it. */
  readonly wanted: number;
  /** The same after the limits on how many are sent. */
  readonly maxHeight: number;
  /** What came into question, lowest first. */
  readonly layers: readonly Layer[];
  /** `layerIndex` of what is sent; -1: nothing. */
  readonly target: number;
  /** Whether it was lowered a moment ago, so that it must not rise yet. */
  readonly held: boolean;
}

export type Reason =
  | 'switched off by its owner'
  | 'not wanted by the receiver'
  | 'beyond last-N'
  | 'nothing of it arrives'
  | 'no bandwidth'
  | 'lowered a moment ago'
  | 'limited by bandwidth'
  | 'as wanted';

export function reasonOf({ enabled, wanted, maxHeight, layers, target, held }: Decision): Reason {
  if (!enabled) return 'switched off by its owner';
  if (wanted === 0) return 'not wanted by the receiver';
  if (maxHeight === 0) return 'beyond last-N';
  if (layers.every(({ bitrate }) => bitrate === 0)) return 'nothing of it arrives';
  if (target >= (layers.at(-1)?.index ?? -1)) return 'as wanted';
  if (held) return 'lowered a moment ago';
  return target < 0 ? 'no bandwidth' : 'limited by bandwidth';
}
