/** The pubsub services of accounts: read when needed, kept at hand, stored when they change. None for accounts that do not exist. */
import type { Host } from '../../host/host.js';
import { LatestWrites } from '../../storage/latest-writes.js';
import type { HostStorage, KeyvalStore } from '../../storage/storage.js';
import { ValueCache } from '../../storage/value-cache.js';
import { PubsubNode, storedItems, storedNode, type Item, type StoredNode } from './node.js';
import { PubsubService, type ServiceOptions } from './service.js';

export interface StoredServicesOptions {
  /** Services kept at hand beyond those that are being stored. */
  readonly capacity: number;
  /** Of each. */
  readonly service: ServiceOptions;
}

export class StoredServices {
  readonly #host: Host;
  readonly #storage: HostStorage;
  readonly #options: StoredServicesOptions;
  readonly #nodes: KeyvalStore<StoredNode[]>;
  readonly #cache: ValueCache<PubsubService>;
  readonly #writes = new LatestWrites();
  /** Writes under way: what is read meanwhile may be what was before. */
  readonly #saving = new Map<string, number>();

  constructor(host: Host, storage: HostStorage, options: StoredServicesOptions) {
    this.#host = host;
    this.#storage = storage;
    this.#options = options;
    this.#nodes = storage.keyval('pep', storedNode.array());
    this.#cache = new ValueCache({
      capacity: options.capacity,
      inUse: (username) => this.#saving.has(username),
      load: (username) => this.#load(username),
    });
  }

  /** Runs `act` with the account's service (undefined: no such account), in the order of calls. */
  use(
    username: string,
    act: (service: PubsubService | undefined) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#cache.use(username, act, failed);
  }

  /** A service that nothing is in, for accounts that do not exist: so that they look like those that do. */
  empty(): PubsubService {
    return this.#service();
  }

  /** Stores what has changed. When that fails, the change has not been. */
  async save(username: string, service: PubsubService): Promise<void> {
    const { nodes, items } = service.takeChanges();
    const writes = items.map((name) => this.#saveItems(username, service, name));
    if (nodes.length > 0) {
      writes.push(this.#writes.write(username, () => this.#nodes.set(username, service.toStored())));
    }
    this.#saving.set(username, (this.#saving.get(username) ?? 0) + 1);
    try {
      await Promise.all(writes);
    } catch (error) {
      this.#cache.forget(username);
      throw error;
    } finally {
      const left = (this.#saving.get(username) ?? 1) - 1;
      if (left === 0) this.#saving.delete(username);
      else this.#saving.set(username, left);
    }
  }

  /** The account is being removed. */
  async takeLeave(username: string): Promise<void> {
    this.#cache.forget(username);
    await this.#writes.settled(username);
  }

  #service(nodes: readonly PubsubNode[] = []): PubsubService {
    return new PubsubService(this.#options.service, nodes);
  }

  async #load(username: string): Promise<PubsubService | undefined> {
    if (!(await this.#host.accountExists(username))) return undefined;
    const stored = (await this.#nodes.get(username)) ?? [];
    const nodes = await Promise.all(
      stored.map(async (node) => new PubsubNode(node, await this.#items(node.name).get(username))),
    );
    return this.#service(nodes);
  }

  #saveItems(username: string, service: PubsubService, name: string): Promise<void> {
    return this.#writes.write(JSON.stringify([username, name]), () => {
      const node = service.node(name);
      const items = node?.config.persistItems === true ? node.items : [];
      const store = this.#items(name);
      return items.length === 0 ? store.remove(username) : store.set(username, [...items]);
    });
  }

  /** A store for each name of a node: items are stored without those of other nodes. */
  #items(name: string): KeyvalStore<Item[]> {
    return this.#storage.keyval(`pep_${name}`, storedItems);
  }
}
