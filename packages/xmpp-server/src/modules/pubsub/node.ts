/** A node (XEP-0060 s.4): its configuration, its items, and what others are to it. */
import { z } from 'zod';
import { affiliations, type Affiliation, type Relation, type Standing } from './access.js';
import { nodeConfig, type NodeConfig } from './node-config.js';

const storedItem = z.object({
  id: z.string(),
  /** Bare JID. */
  publisher: z.string(),
  /** The payload; empty: there is none. */
  xml: z.string(),
  /** ISO 8601. */
  at: z.string(),
});

export const storedItems = z.array(storedItem);
export type Item = Readonly<z.infer<typeof storedItem>>;

export const storedNode = z.object({
  name: z.string(),
  config: nodeConfig,
  /** By bare JID; whom it does not name has none. */
  affiliations: z.record(z.string(), z.enum(affiliations)),
  /** Bare and full JIDs. */
  subscribers: z.array(z.string()),
});
export type StoredNode = z.infer<typeof storedNode>;

export class PubsubNode {
  readonly name: string;
  config: NodeConfig;
  readonly affiliations: Map<string, Affiliation>;
  readonly subscribers: Set<string>;
  /** The oldest first. */
  #items = new Map<string, Item>();

  constructor(stored: StoredNode, items: readonly Item[] = []) {
    this.name = stored.name;
    this.config = stored.config;
    this.affiliations = new Map(Object.entries(stored.affiliations));
    this.subscribers = new Set(stored.subscribers);
    for (const item of items) this.#items.set(item.id, item);
  }

  get items(): readonly Item[] {
    return [...this.#items.values()];
  }

  get lastItem(): Item | undefined {
    return this.items.at(-1);
  }

  /** Characters of all payloads and ids. */
  get size(): number {
    return this.items.reduce((sum, { id, xml }) => sum + id.length + xml.length, 0);
  }

  item(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** The newest from now on; what is too old for there to be room goes. */
  publish(item: Item): void {
    this.#items.delete(item.id);
    this.#items.set(item.id, item);
    this.trim();
  }

  trim(): void {
    const keep = this.config.persistItems ? this.config.maxItems : 1;
    for (const id of this.#items.keys()) {
      if (this.#items.size <= keep) return;
      this.#items.delete(id);
    }
  }

  retract(id: string): void {
    this.#items.delete(id);
  }

  purge(): void {
    this.#items.clear();
  }

  affiliationOf({ jid, isOwner }: Relation): Affiliation {
    return isOwner ? 'owner' : (this.affiliations.get(jid) ?? 'none');
  }

  standing(relation: Relation): Standing {
    const isSubscribed = [...this.subscribers].some(
      (address) => address === relation.jid || address.startsWith(`${relation.jid}/`),
    );
    return { relation, affiliation: this.affiliationOf(relation), isSubscribed };
  }

  toStored(): StoredNode {
    return {
      name: this.name,
      config: this.config,
      affiliations: Object.fromEntries(this.affiliations),
      subscribers: [...this.subscribers],
    };
  }
}
