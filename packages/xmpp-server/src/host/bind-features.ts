/** What a client may switch on as it binds (Bind 2, XEP-0386 s.3.2), in the same step: modules offer it. */
import { attribute, childElements, type Element } from '@conclave/signaling';
import type { ClientSession } from '../session/client-session.js';

/** @returns what `<bound/>` says of it, if anything */
export type BindFeature = (session: ClientSession, request: Element) => Element | undefined;

/** @param username whose client binds @returns what it is told, asked for or not */
export type BindNews = (username: string) => Promise<Element>;

export class BindFeatures {
  readonly #features = new Map<string, BindFeature>();
  readonly #news = new Set<BindNews>();

  /** @param namespace of the request, and of the feature. The returned function withdraws it. */
  add(namespace: string, feature: BindFeature): () => void {
    this.#features.set(namespace, feature);
    return () => {
      if (this.#features.get(namespace) === feature) this.#features.delete(namespace);
    };
  }

  /** Tells each client of an account something as it binds. The returned function withdraws it. */
  tell(news: BindNews): () => void {
    this.#news.add(news);
    return () => void this.#news.delete(news);
  }

  /** What a client is told, as things are just before it binds. Never rejects: what cannot be found out is left out. */
  async news(username: string): Promise<readonly Element[]> {
    const told = await Promise.allSettled([...this.#news].map((each) => each(username)));
    return told.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
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
