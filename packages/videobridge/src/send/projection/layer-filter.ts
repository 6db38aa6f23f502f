/**
 * Which frames of the one encoding that is projected a receiver is sent, and how they are numbered. One implementation for each
 * way of describing frames; a frame's packets all share its fate.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { VideoFrame } from '../../rtp/video-frame.js';

/** What a packet says of its frame when it is sent; filled in by a filter. */
export interface ProjectedFrame {
  /** Ever-growing picture id or frame number; -1: none. */
  id: number;
  /** TL0PICIDX; -1: none. */
  tl0: number;
  marker: boolean;
}

/** The highest layers that are wanted. */
export interface LayerTarget {
  readonly spatial: number;
  readonly temporal: number;
}

export interface LayerFilter {
  /** Set by `accept`: the target cannot be reached without a keyframe. */
  needsKeyframe: boolean;
  /**
   * Begins with the packet of a keyframe, whose picture id or frame number becomes `nextId` and whose TL0PICIDX `nextTl0` (-1:
   * stays what it is).
   */
  begin(frame: VideoFrame, nextId: number, nextTl0: number): void;
  /** Whether the packet is sent; `projected.marker` is the sender's before. */
  accept(
    frame: VideoFrame,
    target: LayerTarget,
    structure: DependencyStructure | undefined,
    projected: ProjectedFrame,
  ): boolean;
}
