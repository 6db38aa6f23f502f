/**
 * Frames with a dependency descriptor (AV1 RTP s.A), encrypted or not: the receiver is sent the frames of one decode target. Frame
 * numbers keep their distances, since dependencies are told by them.
 */
import type { DecodeTarget, DependencyStructure } from '../../rtp/dependency-descriptor.js';
import { Unwrapper } from '../../rtp/sequence.js';
import { NOT_PRESENT, SWITCH, type VideoFrame } from '../../rtp/video-frame.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';

const FRAMES = 512;
const FRAME_NUMBER_BITS = 16;

export class DescribedFilter implements LayerFilter {
  needsKeyframe = false;
  #ids = new Unwrapper();
  #idDelta = 0;
  /** Index of the decode target that is sent. */
  #current = 0;
  #keyframe = false;
  /** By frame number modulo FRAMES: the frame, and whether it is sent. */
  readonly #frames = new Float64Array(FRAMES).fill(-1);
  readonly #accepted = new Uint8Array(FRAMES);

  begin(frame: VideoFrame, nextId: number): void {
    this.#ids = new Unwrapper();
    this.#frames.fill(-1);
    this.needsKeyframe = false;
    const number = this.#ids.unwrap(frame.id, FRAME_NUMBER_BITS);
    this.#idDelta = nextId < 0 ? 0 : nextId - number;
    this.#keyframe = true;
  }

  accept(
    frame: VideoFrame,
    target: LayerTarget,
    structure: DependencyStructure | undefined,
    projected: ProjectedFrame,
  ): boolean {
    if (structure === undefined) return false;
    const number = this.#ids.unwrap(frame.id, FRAME_NUMBER_BITS);
    const slot = number % FRAMES;
    if (this.#frames[slot] !== number) {
      if ((this.#frames[slot] as number) > number) return false;
      this.#frames[slot] = number;
      this.#accepted[slot] = this.#decide(frame, number, target, structure) ? 1 : 0;
    }
    projected.id = number + this.#idDelta;
    projected.tl0 = -1;
    if (this.#accepted[slot] === 0) return false;
    if (frame.end && frame.spatial === structure.decodeTargets[this.#current]?.spatial)
      projected.marker = true;
    return true;
  }

  #decide(
    frame: VideoFrame,
    number: number,
    target: LayerTarget,
    { decodeTargets }: DependencyStructure,
  ): boolean {
    const wanted = decodeTargetFor(decodeTargets, target);
    if (frame.keyframe || this.#keyframe) {
      this.#keyframe = false;
      this.#current = wanted;
    } else if (wanted !== this.#current || this.#current >= frame.dtiCount) {
      this.#switch(frame, number, wanted, decodeTargets);
    }
    if (this.#current === wanted) this.needsKeyframe = false;
    return frame.dtis[this.#current] !== NOT_PRESENT && this.#current < frame.dtiCount;
  }

  #switch(frame: VideoFrame, number: number, wanted: number, targets: readonly DecodeTarget[]): void {
    const [from, to] = [targets[this.#current], targets[wanted]];
    // Fewer frames a second of the same picture: the others do not depend on what is left out.
    const slower = from?.spatial === to?.spatial && (to?.temporal ?? 0) < (from?.temporal ?? 0);
    if (slower || (frame.dtis[wanted] === SWITCH && this.#decodable(frame, number))) this.#current = wanted;
    else if (from?.spatial !== to?.spatial) this.needsKeyframe = true;
  }

  #decodable(frame: VideoFrame, number: number): boolean {
    for (let index = 0; index < frame.fdiffCount; index++) {
      const needed = number - (frame.fdiffs[index] as number);
      const slot = ((needed % FRAMES) + FRAMES) % FRAMES;
      if (this.#frames[slot] !== needed || this.#accepted[slot] === 0) return false;
    }
    return true;
  }
}

/** The highest decode target that does not go beyond `target`; else the lowest there is. */
function decodeTargetFor(targets: readonly DecodeTarget[], { spatial, temporal }: LayerTarget): number {
  let best = -1;
  targets.forEach((each, index) => {
    if (each.spatial > spatial || each.temporal > temporal) return;
    const known = targets[best];
    if (known === undefined || each.spatial * 8 + each.temporal > known.spatial * 8 + known.temporal)
      best = index;
  });
  if (best >= 0) return best;
  return targets.reduce((lowest, each, index) => {
    const known = targets[lowest] ?? each;
    return each.spatial * 8 + each.temporal < known.spatial * 8 + known.temporal ? index : lowest;
  }, 0);
}
