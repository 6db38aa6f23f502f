/**
 * Which temporal layers may be sent: none above the target, and when the target rises none that depends on frames which the
 * receiver was not sent.
 */

const ALL = 0xff;

export class TemporalFilter {
  /** Bit n: frames of layer n can be decoded by the receiver. */
  #decodable = ALL;

  keyframe(): void {
    this.#decodable = ALL;
  }

  /**
   * Whether a frame of layer `temporal` is sent. `sync`: it depends on layer 0 alone (VP8); `switchUp`: what follows in higher
   * layers depends on nothing before it (VP9).
   */
  accept(temporal: number, target: number, sync: boolean, switchUp: boolean): boolean {
    if (temporal > target) {
      this.#decodable &= (1 << temporal) - 1;
      return false;
    }
    if (temporal > 0) {
      if (sync) this.#decodable |= 1 << temporal;
      const needed = (2 << temporal) - 1;
      if (!sync && (this.#decodable & needed) !== needed) return false;
    }
    if (switchUp) this.#decodable = ALL;
    return true;
  }
}
