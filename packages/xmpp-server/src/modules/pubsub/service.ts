/** The nodes of one owner: found, made and removed within limits; what has to be stored is noted. */
import { readingBarred, type Relation } from './access.js';
import { failure, type Failure } from './errors.js';
import { PubsubNode, type Item, type StoredNode } from './node.js';
import type { NodeConfig } from './node-config.js';
import type { StanzaError } from '@conclave/signaling';

export interface ServiceLimits {
  readonly nodes: number;
  /** Items of a node. */
  readonly items: number;
  /** Characters of a payload, and of everything of one owner. */
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
  | { readonly kind: 'purged' | 'deleted' | 'configured'; readonly node: PubsubNode };

/** What is special about nodes of a name: how new ones are, and what of that nobody can change. */
export interface NodeRule {
  readonly config: Partial<NodeConfig>;
  readonly fixed: readonly (keyof NodeConfig)[];
}

export class PubsubService {
  readonly #nodes = new Map<string, PubsubNode>();
  /** Nodes whose items are to be stored, and whether what else is known of nodes is. */
  readonly #changedItems = new Set<string>();
  #changedNodes = false;

  constructor(
    private readonly defaults: NodeConfig,
    readonly limits: ServiceLimits,
    private readonly rules: ReadonlyMap<string, NodeRule> = new Map(),
    nodes: Iterable<PubsubNode> = [],
  ) {
    for (const node of nodes) this.#nodes.set(node.name, node);
  }

  /** The configuration of a new node. @param name undefined: of any */
  defaultsOf(name?: string): NodeConfig {
    return { ...this.defaults, ...(name === undefined ? {} : this.rules.get(name)?.config) };
  }

  /** Whether nodes of that name may be configured so. */
  permits(name: string, config: NodeConfig): boolean {
    const usual = this.defaultsOf(name);
    return (this.rules.get(name)?.fixed ?? []).every((key) => config[key] === usual[key]);
  }

  get nodes(): Iterable<PubsubNode> {
    return this.#nodes.values();
  }

  get size(): number {
    let size = 0;
    for (const node of this.#nodes.values()) size += node.size;
    return size;
  }

  node(name: string): PubsubNode | undefined {
    return this.#nodes.get(name);
  }

  /**
   * The node, for who may read it. A stranger learns nothing of what is not open, not even whether the owner exists: every such
   * node looks to it like one that is for contacts, and so does one that is not there.
   */
  readable(name: string, relation: Relation): PubsubNode | StanzaError {
    const node = this.#nodes.get(name);
    const barred: Failure | undefined =
      node === undefined ? 'not-found' : readingBarred(node.standing(relation), node.config);
    if (node !== undefined && barred === undefined) return node;
    const isStranger = !relation.isOwner && !relation.seesPresence;
    return failure(isStranger ? 'presence-subscription-required' : (barred ?? 'not-found'));
  }

  create(name: string, config: NodeConfig): PubsubNode | StanzaError {
    if (this.#nodes.size >= this.limits.nodes) return failure('too-many-nodes');
    const node = new PubsubNode({ name, config, affiliations: {}, subscribers: [] });
    this.#nodes.set(name, node);
    this.noteNodes();
    return node;
  }

  delete(node: PubsubNode): void {
    this.#nodes.delete(node.name);
    this.noteNodes();
    this.noteItems(node);
  }

  noteNodes(): void {
    this.#changedNodes = true;
  }

  noteItems(node: PubsubNode): void {
    this.#changedItems.add(node.name);
  }

  /** What has to be stored since this was last asked. */
  takeChanges(): { readonly nodes: boolean; readonly items: readonly string[] } {
    const changes = { nodes: this.#changedNodes, items: [...this.#changedItems] };
    this.#changedNodes = false;
    this.#changedItems.clear();
    return changes;
  }

  toStored(): StoredNode[] {
    return [...this.#nodes.values()].map((node) => node.toStored());
  }
}
