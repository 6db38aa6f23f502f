/**
 * VP9 (RFC 9628): spatial layers of one picture and temporal layers. Picture ids keep their distances, since references are told
 * by them. What is wanted of a picture is settled with its first packet, what is forwarded for each of its spatial layers once.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { VideoFrame } from '../../rtp/video-frame.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';
import { PictureIds } from './picture-ids.js';

const PICTURES = 128;
const SPATIAL_LAYERS = 8;

export class Vp9Filter implements LayerFilter {
  needsKeyframe = false;
  readonly #ids = new PictureIds();
  #idDelta = 0;
  /** The highest spatial layer that is sent. */
  #shown = 0;
  /**
   * By spatial layer, bit n: of its temporal layer n something was left out since it began anew. What comes in that layer or above may
   * depend on it. What was lost does not count: the receiver sees that it is missing, and asks for it.
   */
  readonly #broken = new Uint8Array(SPATIAL_LAYERS);
  /** Bit n: spatial layer n is there, since the last key picture. */
  #seen = 0;
  #newest = -1;
  #keyPicture = -1;
  /** By picture modulo PICTURES: the picture, what is wanted of it, and by bit which of its layers are decided and sent. */
  readonly #pictures = new Float64Array(PICTURES).fill(-1);
  readonly #spatialTarget = new Uint8Array(PICTURES);
  readonly #temporalTarget = new Uint8Array(PICTURES);
  readonly #decided = new Uint8Array(PICTURES);
  readonly #accepted = new Uint8Array(PICTURES);

  begin(frame: VideoFrame, nextId: number, nextTl0: number): void {
    const picture = this.#ids.begin(frame, nextTl0);
    this.#pictures.fill(-1);
    this.#newest = -1;
    this.#keyPicture = -1;
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
    if (((this.#decided[slot] as number) & layer) === 0) this.#decide(slot, picture, frame);
    if (((this.#accepted[slot] as number) & layer) === 0) return false;
    // The picture ends with the highest layer that is sent of it.
    const top = picture === this.#keyPicture ? (this.#spatialTarget[slot] as number) : this.#shown;
    if (frame.end && frame.spatial === top) projected.marker = true;
    return true;
  }

  #open(slot: number, picture: number, frame: VideoFrame, target: LayerTarget): void {
    this.#pictures[slot] = picture;
    this.#spatialTarget[slot] = target.spatial;
    this.#temporalTarget[slot] = target.temporal;
    this.#decided[slot] = 0;
    this.#accepted[slot] = 0;
    if (picture <= this.#newest) return;
    this.#newest = picture;
    this.#show(target.spatial, frame.temporal);
  }

  /** Shows the layer that is wanted, where all that it was built on was sent; or the best on the way to it. */
  #show(wanted: number, temporal: number): void {
    if (wanted < this.#shown) {
      if (this.#isWhole(wanted, temporal)) this.#shown = wanted;
      return;
    }
    for (let layer = wanted; layer > this.#shown; layer--) {
      if ((this.#seen & (1 << layer)) !== 0 && this.#isWhole(layer, temporal)) this.#shown = layer;
    }
  }

  /** Whether nothing was left out that frames of these layers can depend on. */
  #isWhole(spatial: number, temporal: number): boolean {
    return ((this.#broken[spatial] as number) & ((2 << temporal) - 1)) === 0;
  }

  #decide(slot: number, picture: number, frame: VideoFrame): void {
    const { spatial, temporal } = frame;
    const wanted = this.#spatialTarget[slot] as number;
    if (spatial === 0 && !frame.interPicture && picture === this.#newest) this.#restart(slot, picture, frame);
    this.#decided[slot] = (this.#decided[slot] as number) | (1 << spatial);
    this.#seen |= 1 << spatial;
    const decodable =
      (!frame.interPicture || this.#isWhole(spatial, temporal)) && this.#hasLower(slot, frame);
    if (spatial > this.#shown && spatial <= wanted && decodable && !frame.interPicture) this.#shown = spatial;
    // Below the layer that is shown only what it is built on.
    const isShown = spatial === this.#shown || (spatial < this.#shown && frame.reference);
    const accepted = isShown && decodable && temporal <= (this.#temporalTarget[slot] as number);
    if (accepted) this.#accepted[slot] = (this.#accepted[slot] as number) | (1 << spatial);
    this.#note(frame, picture, accepted);
    if (spatial === wanted) this.needsKeyframe = spatial !== this.#shown || (!decodable && temporal === 0);
  }

  /** Whether the lower layer of the same picture is sent, where `frame` is built on it; if it has not come yet, whether it can be. */
  #hasLower(slot: number, { spatial, temporal, interLayer }: VideoFrame): boolean {
    if (!interLayer || spatial === 0) return true;
    const lower = 1 << (spatial - 1);
    if (((this.#decided[slot] as number) & lower) !== 0)
      return ((this.#accepted[slot] as number) & lower) !== 0;
    return this.#isWhole(spatial - 1, temporal);
  }

  /** A key picture: nothing depends on what was before it. */
  #restart(slot: number, picture: number, { temporal }: VideoFrame): void {
    this.#keyPicture = picture;
    this.#shown = 0;
    this.#seen = 0;
    this.needsKeyframe = false;
    // Higher layers of the very picture may have come, and been left out, before the lowest.
    const leftOut = (this.#decided[slot] as number) & ~(this.#accepted[slot] as number);
    for (let layer = 0; layer < SPATIAL_LAYERS; layer++) {
      this.#broken[layer] = (leftOut & (1 << layer)) !== 0 ? 1 << temporal : 0;
    }
  }

  #note({ spatial, temporal, interPicture, sync }: VideoFrame, picture: number, accepted: boolean): void {
    if (picture < this.#keyPicture) return;
    const broken = this.#broken[spatial] as number;
    if (!accepted) this.#broken[spatial] = broken | (1 << temporal);
    else if (picture < this.#newest) return;
    // A layer that begins anew, or a point from which higher temporal layers need nothing that was before it.
    else if (!interPicture) this.#broken[spatial] = 0;
    else if (sync) this.#broken[spatial] = broken & ((2 << temporal) - 1);
  }
}
