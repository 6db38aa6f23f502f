/** What a client may switch on as it binds (Bind 2, XEP-0386 s.3.2), in the same step: modules offer it. */
import { attribute, childElements, type Element } from '@conclave/signaling';
import type { ClientSession } from '../session/client-session.js';

/** @returns what `<bound/>` says of it, if anything */
export type BindFeature = (session: ClientSession, request: Element) => Element | undefined;

export class BindFeatures {
  readonly #features = new Map<string, BindFeature>();

  /** @param namespace of the request, and of the feature. The returned function withdraws it. */
  add(namespace: string, feature: BindFeature): () => void {
    this.#features.set(namespace, feature);
    return () => {
      if (this.#features.get(namespace) === feature) this.#features.delete(namespace);
    };
  }

  get namespaces(): readonly string[] {
    return [...this.#features.keys()];
  }

  /** Does what a `<bind/>` asks for. */
  apply(session: ClientSession, bind: Element): readonly Element[] {
    return childElements(bind)
      .map((request) => this.#features.get(attribute(request, 'xmlns') ?? '')?.(session, request))
      .filter((answer) => answer !== undefined);
  }
}
