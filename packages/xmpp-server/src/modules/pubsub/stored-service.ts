/** The one service of a host: read whole when it is first needed, and each node stored when it changes. */
import { LatestWrites } from '../../storage/latest-writes.js';
import type { HostStorage, KeyvalStore } from '../../storage/storage.js';
import { PubsubNode, storedItems, storedNode, type Item, type StoredNode } from './node.js';
import { PubsubService, type ServiceOptions } from './service.js';

export class StoredService {
  readonly #options: ServiceOptions;
  /** By the name of the node. */
  readonly #nodes: KeyvalStore<StoredNode>;
  readonly #items: KeyvalStore<Item[]>;
  readonly #writes = new LatestWrites();
  #loaded: Promise<PubsubService> | undefined;

  constructor(storage: HostStorage, options: ServiceOptions) {
    this.#options = options;
    this.#nodes = storage.keyval('pubsub_nodes', storedNode);
    this.#items = storage.keyval('pubsub_items', storedItems);
  }

  get(): Promise<PubsubService> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** Stores what has changed. When that fails, the change has not been. */
  async save(service: PubsubService): Promise<void> {
    const { nodes, items } = service.takeChanges();
    try {
      await Promise.all([
        ...items.map((name) => this.#writes.write(`items ${name}`, () => this.#saveItems(service, name))),
        ...nodes.map((name) => this.#writes.write(`node ${name}`, () => this.#saveNode(service, name))),
      ]);
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  async #load(): Promise<PubsubService> {
    const names = await this.#nodes.users();
    const nodes = await Promise.all(
      names.map(async (name): Promise<PubsubNode[]> => {
        const node = await this.#nodes.get(name);
        return node === undefined ? [] : [new PubsubNode(node, await this.#items.get(name))];
      }),
    );
    return new PubsubService(this.#options, nodes.flat());
  }

  #saveNode(service: PubsubService, name: string): Promise<unknown> {
    const node = service.node(name);
    return node === undefined ? this.#nodes.remove(name) : this.#nodes.set(name, node.toStored());
  }

  #saveItems(service: PubsubService, name: string): Promise<unknown> {
    const node = service.node(name);
    const items = node?.config.persistItems === true ? node.items : [];
    return items.length === 0 ? this.#items.remove(name) : this.#items.set(name, [...items]);
  }
}
