/**
 * VP8 (RFC 7741): temporal layers are dropped frame by frame. Decoders take a missing picture id for a lost frame that others may
 * depend on, so what is left out vanishes from the picture ids too.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { VideoFrame } from '../../rtp/video-frame.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';
import { PictureIds } from './picture-ids.js';
import { SequenceMap } from './sequence-map.js';
import { TemporalFilter } from './temporal-filter.js';

const FRAMES = 128;

export class Vp8Filter implements LayerFilter {
  readonly needsKeyframe = false;
  readonly #ids = new PictureIds();
  readonly #pictures = new SequenceMap();
  readonly #temporal = new TemporalFilter();
  /** By picture id modulo FRAMES: the picture, and its number to the receiver or -1. */
  readonly #decided = new Int32Array(FRAMES).fill(-1);
  readonly #numbers = new Int32Array(FRAMES);

  begin(frame: VideoFrame, nextId: number, nextTl0: number): void {
    const picture = this.#ids.begin(frame, nextTl0);
    this.#decided.fill(-1);
    if (picture < 0) return;
    this.#temporal.begin(picture);
    this.#pictures.start(picture, nextId < 0 ? picture : nextId);
  }

  accept(
    frame: VideoFrame,
    target: LayerTarget,
    _structure: DependencyStructure | undefined,
    projected: ProjectedFrame,
  ): boolean {
    const picture = this.#ids.read(frame, projected);
    // Without picture ids frames cannot be told apart: all are sent.
    if (picture < 0) return true;
    const slot = picture & (FRAMES - 1);
    const decided = this.#decided[slot] as number;
    if (decided !== picture) {
      if (decided > picture) return false;
      this.#decided[slot] = picture;
      this.#numbers[slot] = this.#decide(frame, picture, target.temporal);
    }
    projected.id = this.#numbers[slot] as number;
    // Only the first packet of a keyframe says that it is one, and it may come after others.
    if (frame.keyframe) this.#temporal.keyframe(picture);
    return projected.id >= 0;
  }

  #decide(frame: VideoFrame, picture: number, target: number): number {
    if (this.#temporal.accept(picture, frame.temporal, target, frame.sync))
      return this.#pictures.forward(picture);
    this.#pictures.leaveOut(picture);
    return -1;
  }
}
