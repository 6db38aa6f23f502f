/**
 * VP9 (RFC 9628): spatial layers of one picture and temporal layers. Picture ids keep their distances, since references are told
 * by them. What is forwarded of a picture is decided for each of its spatial layers once.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { VideoFrame } from '../../rtp/video-frame.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';
import { PictureIds } from './picture-ids.js';
import { TemporalFilter } from './temporal-filter.js';

const PICTURES = 128;

export class Vp9Filter implements LayerFilter {
  needsKeyframe = false;
  readonly #ids = new PictureIds();
  #idDelta = 0;
  readonly #temporal = new TemporalFilter();
  /** The highest spatial layer that is sent. */
  #spatial = 0;
  /** Bit n: spatial layer n has been sent without interruption, so that its next frame can be decoded. */
  #sent = 0;
  /** By picture modulo PICTURES: the picture, and by bit which layers are decided and sent, and whether any may be. */
  readonly #pictures = new Float64Array(PICTURES).fill(-1);
  readonly #wanted = new Uint8Array(PICTURES);
  readonly #decided = new Uint8Array(PICTURES);
  readonly #accepted = new Uint8Array(PICTURES);

  begin(frame: VideoFrame, nextId: number, nextTl0: number): void {
    const picture = this.#ids.begin(frame, nextTl0);
    this.#pictures.fill(-1);
    this.needsKeyframe = false;
    if (picture < 0) return;
    this.#idDelta = nextId < 0 ? 0 : nextId - picture;
  }

  accept(
    frame: VideoFrame,
    target: LayerTarget,
    _structure: DependencyStructure | undefined,
    projected: ProjectedFrame,
  ): boolean {
    const picture = this.#ids.read(frame, projected);
    if (picture < 0) return true;
    projected.id = picture + this.#idDelta;
    const slot = picture % PICTURES;
    if (this.#pictures[slot] !== picture) {
      if ((this.#pictures[slot] as number) > picture) return false;
      this.#open(slot, picture, frame, target);
    }
    const layer = 1 << frame.spatial;
    if (((this.#decided[slot] as number) & layer) === 0) {
      this.#decided[slot] = (this.#decided[slot] as number) | layer;
      if (this.#wanted[slot] === 1 && this.#acceptLayer(frame, target.spatial)) {
        this.#accepted[slot] = (this.#accepted[slot] as number) | layer;
      }
    }
    if (((this.#accepted[slot] as number) & layer) === 0) return false;
    // The picture ends with the highest layer that is sent of it.
    if (frame.end && frame.spatial === (frame.interPicture ? this.#spatial : target.spatial)) {
      projected.marker = true;
    }
    return true;
  }

  #open(slot: number, picture: number, frame: VideoFrame, target: LayerTarget): void {
    const keyPicture = !frame.interPicture && frame.spatial === 0;
    if (keyPicture) {
      this.#temporal.keyframe();
      this.#spatial = 0;
      this.#sent = 0;
      this.needsKeyframe = false;
    }
    this.#pictures[slot] = picture;
    this.#decided[slot] = 0;
    this.#accepted[slot] = 0;
    this.#wanted[slot] = this.#temporal.accept(frame.temporal, target.temporal, false, frame.sync) ? 1 : 0;
  }

  #acceptLayer(frame: VideoFrame, target: number): boolean {
    const { spatial } = frame;
    const decodable =
      (!frame.interPicture || (this.#sent & (1 << spatial)) !== 0) &&
      (!frame.interLayer || spatial === 0 || (this.#sent & (1 << (spatial - 1))) !== 0);
    const towards =
      spatial > this.#spatial ? spatial <= target : spatial < this.#spatial && spatial >= target;
    if (towards && decodable) this.#spatial = spatial;
    else if (spatial === target && spatial !== this.#spatial) this.needsKeyframe = true;
    // Below the layer that is shown only what it is built on.
    const accepted = spatial === this.#spatial || (spatial < this.#spatial && frame.reference);
    if (frame.temporal === 0) {
      if (accepted) this.#sent |= 1 << spatial;
      else this.#sent &= ~(1 << spatial);
    }
    if (spatial === target && spatial === this.#spatial) this.needsKeyframe = false;
    return accepted;
  }
}
