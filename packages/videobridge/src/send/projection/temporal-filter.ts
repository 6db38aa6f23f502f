/**
 * Which temporal layers of VP8 may be sent: none above the target, and no frame that depends on one that was left out. Frames are
 * judged in the order in which they were made, so one that comes late tells nothing of what was made after it, nor the other way
 * round.
 */

/** What a layer index of two bits can tell (RFC 7741 s.4.2). */
const LAYERS = 4;

export class TemporalFilter {
  /**
   * By layer, the newest picture that was left out of it or of a layer below it; and the oldest picture after that from which on the
   * layer needs nothing that was before. Without one after it, the layer is broken off.
   */
  readonly #leftOut = new Int32Array(LAYERS);
  readonly #begun = new Int32Array(LAYERS);

  /** Begins anew with keyframe `picture` (an ever-growing number); nothing from before it is sent any more. */
  begin(picture: number): void {
    this.#leftOut.fill(picture - 1);
    this.#begun.fill(picture);
  }

  /** Nothing after keyframe `picture` depends on anything before it. */
  keyframe(picture: number): void {
    for (let layer = 1; layer < LAYERS; layer++) this.#begin(layer, picture);
  }

  /** Whether a frame of layer `temporal` is sent. `sync`: it depends on layer 0 alone. */
  accept(picture: number, temporal: number, target: number, sync: boolean): boolean {
    if (temporal > target || (!sync && !this.#isBuiltOnSent(picture, temporal))) {
      for (let layer = temporal; layer < LAYERS; layer++) {
        if (picture > (this.#leftOut[layer] as number)) this.#leftOut[layer] = picture;
      }
      return false;
    }
    if (sync) this.#begin(temporal, picture);
    return true;
  }

  #begin(layer: number, picture: number): void {
    const [leftOut, begun] = [this.#leftOut[layer] as number, this.#begun[layer] as number];
    if (picture > leftOut && (begun <= leftOut || picture < begun)) this.#begun[layer] = picture;
  }

  /** Whether all that a frame of layer `temporal` may depend on was sent, or can still be. Of layer 0 nothing is left out. */
  #isBuiltOnSent(picture: number, temporal: number): boolean {
    for (let layer = 1; layer <= temporal; layer++) {
      const begun = this.#begun[layer] as number;
      if (begun <= (this.#leftOut[layer] as number) || begun > picture) return false;
    }
    return true;
  }
}
