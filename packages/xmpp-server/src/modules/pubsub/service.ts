/** The nodes of one service: found, made and removed within limits; what has to be stored is noted. */
import {
  contactModels,
  readingBarred,
  subscribingBarred,
  type AccessModel,
  type Relation,
} from './access.js';
import { failure, type Failure } from './errors.js';
import { PubsubNode, type Item, type StoredNode } from './node.js';
import type { NodeConfig } from './node-config.js';
import type { StanzaError } from '@conclave/signaling';

export interface ServiceLimits {
  readonly nodes: number;
  /** Nodes of one owner, where there are many owners. */
  readonly nodesOfOne: number;
  /** Items of a node. */
  readonly items: number;
  /** Characters of a payload, and of everything there is. */
  readonly payload: number;
  readonly total: number;
  /** Explicit subscriptions to a node, and affiliations of it. */
  readonly subscriptions: number;
  readonly affiliations: number;
}

/** What has happened to a node, to be told to those who want to know (s.7.1.2.1 and elsewhere). */
export type NodeEvent =
  | { readonly kind: 'published'; readonly node: PubsubNode; readonly item: Item }
  | { readonly kind: 'retracted'; readonly node: PubsubNode; readonly ids: readonly string[] }
  | { readonly kind: 'purged' | 'configured'; readonly node: PubsubNode }
  | { readonly kind: 'deleted'; readonly node: PubsubNode; readonly redirect: string | undefined };

/** What is special about nodes of a name: how new ones are, and what of that nobody can change. */
export interface NodeRule {
  readonly config: Partial<NodeConfig>;
  readonly fixed: readonly (keyof NodeConfig)[];
}

export interface ServiceOptions {
  /** Of new nodes. */
  readonly defaults: NodeConfig;
  readonly limits: ServiceLimits;
  /**
   * It is one person's, and strangers to that person learn nothing of what is not open; otherwise nodes belong to those
   * who made them, and that they are there is no secret.
   */
  readonly isPersonal: boolean;
  readonly accessModels: readonly AccessModel[];
  /** Whether it can be told who sees the presence of an owner (a bare JID), and is in which groups; undefined: of all. */
  readonly knowsContactsOf?: (owner: string) => boolean;
  /** By the name of the node. */
  readonly rules?: ReadonlyMap<string, NodeRule>;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
}

export class PubsubService {
  readonly #nodes = new Map<string, PubsubNode>();
  readonly #options: ServiceOptions;
  readonly #now: () => number;
  /** Nodes to be stored, and nodes whose items are. */
  readonly #changedNodes = new Set<string>();
  readonly #changedItems = new Set<string>();

  constructor(options: ServiceOptions, nodes: Iterable<PubsubNode> = []) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    for (const node of nodes) this.#nodes.set(node.name, node);
  }

  get limits(): ServiceLimits {
    return this.#options.limits;
  }

  get isPersonal(): boolean {
    return this.#options.isPersonal;
  }

  /** The configuration of a new node. @param name undefined: of any */
  defaultsOf(name?: string): NodeConfig {
    const { defaults, rules } = this.#options;
    return { ...defaults, ...(name === undefined ? {} : rules?.get(name)?.config) };
  }

  /** Why nodes of that name and owner (a bare JID) may not be configured so; undefined: they may. */
  forbids(
    name: string,
    config: NodeConfig,
    owner: string,
  ): 'invalid-config' | 'unsupported-access-model' | undefined {
    const { accessModels, knowsContactsOf } = this.#options;
    const { accessModel } = config;
    if (!accessModels.includes(accessModel)) return 'unsupported-access-model';
    if (contactModels.includes(accessModel) && knowsContactsOf?.(owner) === false) {
      return 'unsupported-access-model';
    }
    const usual = this.defaultsOf(name);
    const fixed = this.#options.rules?.get(name)?.fixed ?? [];
    return fixed.every((key) => config[key] === usual[key]) ? undefined : 'invalid-config';
  }

  get nodes(): Iterable<PubsubNode> {
    return this.#nodes.values();
  }

  get size(): number {
    let size = 0;
    for (const node of this.#nodes.values()) size += node.size;
    return size;
  }

  /** The node, without items whose time is over. */
  node(name: string): PubsubNode | undefined {
    const node = this.#nodes.get(name);
    if (node?.expire(this.#now()) === true) this.noteItems(node);
    return node;
  }

  /**
   * The node, for who may read it. A stranger to a person learns nothing of what is not open, not even whether the person exists:
   * every such node looks to it like one that is for contacts, and so does one that is not there.
   */
  readable(name: string, relation: Relation): PubsubNode | StanzaError {
    return this.#open(name, relation, readingBarred);
  }

  /** The node, for who may subscribe, or ask to. */
  subscribable(name: string, relation: Relation): PubsubNode | StanzaError {
    return this.#open(name, relation, subscribingBarred);
  }

  /** Those that somebody may read or subscribe to. */
  visible(relation: Relation): readonly PubsubNode[] {
    return [...this.#nodes.values()].filter(
      (node) => subscribingBarred(node.standing(relation), node.config) === undefined,
    );
  }

  create(name: string, config: NodeConfig, creator: string): PubsubNode | StanzaError {
    const { nodes, nodesOfOne } = this.limits;
    if (this.#nodes.size >= nodes) return failure('too-many-nodes');
    if (!this.isPersonal && this.#countOf(creator) >= nodesOfOne) return failure('too-many-nodes');
    const node = new PubsubNode({
      name,
      config,
      affiliations: this.isPersonal ? {} : { [creator]: 'owner' },
      subscribers: [],
      ...(this.isPersonal ? {} : { creator }),
      created: new Date(this.#now()).toISOString(),
    });
    this.#nodes.set(name, node);
    this.noteNode(node);
    return node;
  }

  delete(node: PubsubNode): void {
    this.#nodes.delete(node.name);
    this.noteNode(node);
    this.noteItems(node);
  }

  /** A person is gone for good: nothing is theirs any more, and what was theirs alone goes. @param jid bare */
  forget(jid: string): void {
    for (const node of [...this.#nodes.values()]) {
      const own = node.subscriptionsOf(jid);
      for (const subscription of own) node.unsubscribe(subscription.jid);
      const wasAffiliated = node.affiliations.delete(jid);
      if (wasAffiliated && !this.isPersonal && node.owners.length === 0) this.delete(node);
      else if (wasAffiliated || own.length > 0) this.noteNode(node);
    }
  }

  noteNode(node: PubsubNode): void {
    this.#changedNodes.add(node.name);
  }

  noteItems(node: PubsubNode): void {
    this.#changedItems.add(node.name);
  }

  /** What has to be stored since this was last asked: names of nodes. */
  takeChanges(): { readonly nodes: readonly string[]; readonly items: readonly string[] } {
    const changes = { nodes: [...this.#changedNodes], items: [...this.#changedItems] };
    this.#changedNodes.clear();
    this.#changedItems.clear();
    return changes;
  }

  toStored(): StoredNode[] {
    return [...this.#nodes.values()].map((node) => node.toStored());
  }

  #open(name: string, relation: Relation, barredBy: typeof readingBarred): PubsubNode | StanzaError {
    const node = this.node(name);
    const barred: Failure | undefined =
      node === undefined ? 'not-found' : barredBy(node.standing(relation), node.config);
    if (node !== undefined && barred === undefined) return node;
    const isStranger = this.isPersonal && !relation.isOwner && !relation.seesPresence;
    return failure(isStranger ? 'presence-subscription-required' : (barred ?? 'not-found'));
  }

  #countOf(owner: string): number {
    let count = 0;
    for (const { affiliations } of this.#nodes.values()) if (affiliations.get(owner) === 'owner') count++;
    return count;
  }
}
