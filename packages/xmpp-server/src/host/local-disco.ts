/** The disco registry of a host: sets that modules add to and withdraw from. */
import type { DataForm } from '@conclave/signaling';
import type { DiscoRegistry, Identity, Item } from './disco-registry.js';

export class LocalDisco implements DiscoRegistry {
  revision = 0;
  readonly #features: string[] = [];
  readonly #accountFeatures: string[] = [];
  readonly #accountIdentities: Identity[] = [];
  readonly #identities: Identity[] = [];
  readonly #items: Item[] = [];
  readonly #forms: DataForm[] = [];

  feature(namespace: string): () => void {
    return this.#contribute(this.#features, namespace);
  }

  accountFeature(namespace: string): () => void {
    return this.#contribute(this.#accountFeatures, namespace);
  }

  accountIdentity(identity: Identity): () => void {
    return this.#contribute(this.#accountIdentities, identity);
  }
  identity(identity: Identity): () => void {
    return this.#contribute(this.#identities, identity);
  }

  item(jid: string, name?: string): () => void {
    return this.#contribute(this.#items, { jid, name });
  }

  form(form: DataForm): () => void {
    return this.#contribute(this.#forms, form);
  }

  /** Each once, in the order of their names. */
  get features(): readonly string[] {
    return [...new Set(this.#features)].sort();
  }

  get accountFeatures(): readonly string[] {
    return [...new Set(this.#accountFeatures)].sort();
  }

  get accountIdentities(): readonly Identity[] {
    return this.#accountIdentities;
  }
  get identities(): readonly Identity[] {
    return this.#identities;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  get forms(): readonly DataForm[] {
    return this.#forms;
  }

  #contribute<T>(to: T[], what: T): () => void {
    to.push(what);
    this.revision++;
    return () => {
      const at = to.indexOf(what);
      if (at === -1) return;
      to.splice(at, 1);
      this.revision++;
    };
  }
}
