/** Frames without described layers (H.264, unknown codecs): all of the encoding. */
import type { VideoFrame } from '../../rtp/video-frame.js';
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';

export class PlainFilter implements LayerFilter {
  readonly needsKeyframe = false;

  begin(): void {
    // Nothing is numbered.
  }

  accept(
    _frame: VideoFrame,
    _target: LayerTarget,
    _structure: DependencyStructure | undefined,
    projected: ProjectedFrame,
  ): boolean {
    projected.id = -1;
    projected.tl0 = -1;
    return true;
  }
}
