/** Stream features (RFC 6120 s.4.3.2) that modules offer to clients, beside the core's own. Every stream that opens has them. */
import type { Element } from 'ltx';

interface Feature {
  readonly current: () => Element;
  /** What it was when it was last written, and the text of that. */
  element: Element | undefined;
  xml: string;
}

export class StreamFeatures {
  #features: readonly Feature[] = [];

  /**
   * The returned function withdraws the feature.
   * @param feature the same element again is not serialised again: one that has changed is another element
   */
  add(feature: Element | (() => Element)): () => void {
    const current = typeof feature === 'function' ? feature : () => feature;
    const own: Feature = { current, element: undefined, xml: '' };
    this.#features = [...this.#features, own];
    return () => {
      this.#features = this.#features.filter((other) => other !== own);
    };
  }

  /** All of them, as text. */
  xml(): string {
    let all = '';
    for (const feature of this.#features) {
      const element = feature.current();
      if (element !== feature.element) {
        feature.element = element;
        feature.xml = element.toString();
      }
      all += feature.xml;
    }
    return all;
  }
}
