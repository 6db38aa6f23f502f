/** Stream features (RFC 6120 s.4.3.2) that modules offer to clients that have logged in, beside the core's own. */
import type { Element } from 'ltx';

export class StreamFeatures {
  #features: readonly (() => Element)[] = [];

  /** The returned function withdraws the feature. */
  add(feature: () => Element): () => void {
    // A function of its own: the same feature may be added twice, and is withdrawn once.
    const own = (): Element => feature();
    this.#features = [...this.#features, own];
    return () => {
      this.#features = this.#features.filter((other) => other !== own);
    };
  }

  all(): readonly Element[] {
    return this.#features.map((feature) => feature());
  }
}
