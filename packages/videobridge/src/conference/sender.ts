/** Who sends, seen from those who receive. */
import type { SentSource } from './source.js';
import type { VideoSource } from './video-source.js';

/** Whoever sends sources into the conference: an endpoint, here or on another bridge. */
export interface Sender {
  readonly id: string;
  /** Whether it sends as expected. */
  readonly active: boolean;
  readonly sources: readonly SentSource[];
  /** Tells it how high `source` is wanted now. */
  constrain(source: VideoSource): void;
  /** Asks it for a keyframe, for `receiver` or (undefined) the bridge itself. */
  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void;
}
