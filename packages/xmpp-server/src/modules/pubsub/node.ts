/** A node (XEP-0060 s.4): its configuration, its items, and what others are to it. */
import { z } from 'zod';
import { affiliations, type Affiliation, type Relation, type Standing } from './access.js';
import { nodeConfig, type NodeConfig } from './node-config.js';
import { isOver, storedSubscription, type Subscription } from './subscription.js';

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
  subscribers: z.array(storedSubscription),
  /** Who has made it (a bare JID), and when (ISO 8601). */
  creator: z.string().optional(),
  created: z.string().optional(),
});
export type StoredNode = z.infer<typeof storedNode>;

export class PubsubNode {
  readonly name: string;
  readonly creator: string | undefined;
  readonly created: string | undefined;
  config: NodeConfig;
  readonly affiliations: Map<string, Affiliation>;
  /** By the bare JID of the subscriber, then by the address that is subscribed. */
  readonly #subscriptions = new Map<string, Map<string, Subscription>>();
  #subscriptionCount = 0;
  /** The oldest first. */
  readonly #items = new Map<string, Item>();
  #size = 0;

  constructor(stored: StoredNode, items: readonly Item[] = []) {
    this.name = stored.name;
    this.creator = stored.creator;
    this.created = stored.created;
    this.config = stored.config;
    this.affiliations = new Map(Object.entries(stored.affiliations));
    for (const subscription of stored.subscribers) this.subscribe(subscription);
    for (const item of items) this.#add(item);
  }

  get items(): readonly Item[] {
    return [...this.#items.values()];
  }

  get lastItem(): Item | undefined {
    return this.items.at(-1);
  }

  /** Characters of all payloads and ids. */
  get size(): number {
    return this.#size;
  }

  item(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** The newest from now on; what is too old for there to be room goes. */
  publish(item: Item): void {
    this.retract(item.id);
    this.#add(item);
    this.trim();
  }

  trim(): void {
    const keep = this.config.persistItems ? this.config.maxItems : 1;
    for (const id of this.#items.keys()) {
      if (this.#items.size <= keep) return;
      this.retract(id);
    }
  }

  /** Items that have had their time go. @param now milliseconds of the epoch @returns whether there were any */
  expire(now: number): boolean {
    const { itemExpire } = this.config;
    if (itemExpire === 0) return false;
    const before = this.#items.size;
    for (const { id, at } of this.#items.values()) {
      if (Date.parse(at) + itemExpire * 1000 > now) break;
      this.retract(id);
    }
    return this.#items.size < before;
  }

  retract(id: string): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    this.#items.delete(id);
    this.#size -= sizeOf(item);
  }

  purge(): void {
    this.#items.clear();
    this.#size = 0;
  }

  get subscriptionCount(): number {
    return this.#subscriptionCount;
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()].flatMap((some) => [...some.values()]);
  }

  /** Addresses that are subscribed and want to be told. @param now milliseconds of the epoch */
  listeners(now: number = Date.now()): readonly string[] {
    return this.subscriptions
      .filter((one) => one.state === 'subscribed' && one.deliver && !isOver(one, now))
      .map(({ jid }) => jid);
  }

  /** @param jid the address that is subscribed */
  subscription(jid: string): Subscription | undefined {
    return this.#subscriptions.get(bare(jid))?.get(jid);
  }

  /** @param person a bare JID */
  subscriptionsOf(person: string): readonly Subscription[] {
    return [...(this.#subscriptions.get(person)?.values() ?? [])];
  }

  /** Instead of the one that the address has. */
  subscribe(subscription: Subscription): void {
    const person = bare(subscription.jid);
    const some = this.#subscriptions.get(person) ?? new Map<string, Subscription>();
    this.#subscriptions.set(person, some);
    if (!some.has(subscription.jid)) this.#subscriptionCount++;
    some.set(subscription.jid, subscription);
  }

  /** @returns whether there was one */
  unsubscribe(jid: string): boolean {
    const person = bare(jid);
    const some = this.#subscriptions.get(person);
    if (some?.delete(jid) !== true) return false;
    this.#subscriptionCount--;
    if (some.size === 0) this.#subscriptions.delete(person);
    return true;
  }

  affiliationOf({ jid, isOwner }: Relation): Affiliation {
    return isOwner ? 'owner' : (this.affiliations.get(jid) ?? 'none');
  }

  /** Bare JIDs of those that are named as owners. */
  get owners(): readonly string[] {
    return [...this.affiliations].filter(([, affiliation]) => affiliation === 'owner').map(([jid]) => jid);
  }

  /** Whose contacts the access models `presence` and `roster` mean: the first of the owners. */
  get principal(): string | undefined {
    for (const [jid, affiliation] of this.affiliations) if (affiliation === 'owner') return jid;
    return undefined;
  }

  /** @param now milliseconds of the epoch */
  standing(relation: Relation, now: number = Date.now()): Standing {
    const isSubscribed = this.subscriptionsOf(relation.jid).some(
      (one) => one.state === 'subscribed' && !isOver(one, now),
    );
    const { contactOf } = relation;
    const isMeant = contactOf === undefined || contactOf === this.principal;
    return {
      relation: isMeant ? relation : { ...relation, seesPresence: false, groups: [] },
      affiliation: this.affiliationOf(relation),
      isSubscribed,
    };
  }

  toStored(): StoredNode {
    return {
      name: this.name,
      config: this.config,
      affiliations: Object.fromEntries(this.affiliations),
      subscribers: [...this.subscriptions],
      creator: this.creator,
      created: this.created,
    };
  }

  #add(item: Item): void {
    this.#items.set(item.id, item);
    this.#size += sizeOf(item);
  }
}

function sizeOf({ id, xml }: Item): number {
  return id.length + xml.length;
}

function bare(jid: string): string {
  const slash = jid.indexOf('/');
  return slash === -1 ? jid : jid.slice(0, slash);
}
