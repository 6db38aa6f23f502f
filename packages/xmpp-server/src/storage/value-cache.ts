/**
 * Values of accounts, kept at hand. Whoever needs one gets it at once when it is there, and in the order of asking when it
 * has to be read: so that what happens to an account happens in order, and nothing waits for storage that need not.
 */

export interface ValueCacheOptions<T> {
  /** Values kept beyond those in use. */
  readonly capacity: number;
  /** Whether a value has to stay, as that of an account that is online. */
  readonly inUse: (owner: string) => boolean;
  /** `undefined`: there is no such owner, which is not remembered. */
  readonly load: (owner: string) => Promise<T | undefined>;
}

interface Waiting<T> {
  readonly act: (value: T | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** How many values are looked at for one that may go. */
const evictionTries = 8;

export class ValueCache<T> {
  readonly #options: ValueCacheOptions<T>;
  /** The least recently asked for first. */
  readonly #values = new Map<string, T>();
  readonly #loading = new Map<string, Waiting<T>[]>();

  constructor(options: ValueCacheOptions<T>) {
    this.#options = options;
  }

  /** Runs `act` with the value: now if it is at hand, else when it has been read; or `failed` if it cannot be read. */
  use(owner: string, act: (value: T | undefined) => void, failed: (error: unknown) => void): void {
    const value = this.#values.get(owner);
    if (value !== undefined) {
      act(value);
      return;
    }
    const waiting = this.#loading.get(owner);
    if (waiting !== undefined) {
      waiting.push({ act, failed });
      return;
    }
    const queue = [{ act, failed }];
    this.#loading.set(owner, queue);
    this.#options.load(owner).then(
      (loaded) => {
        this.#loading.delete(owner);
        if (loaded !== undefined) this.#keep(owner, loaded);
        for (const next of queue) attempt(() => next.act(loaded), next.failed);
      },
      (error: unknown) => {
        this.#loading.delete(owner);
        for (const next of queue) next.failed(error);
      },
    );
  }

  /** The value if it is at hand. */
  peek(owner: string): T | undefined {
    return this.#values.get(owner);
  }

  forget(owner: string): void {
    this.#values.delete(owner);
  }

  #keep(owner: string, value: T): void {
    this.#values.set(owner, value);
    for (let tries = 0; this.#values.size > this.#options.capacity && tries < evictionTries; tries++) {
      const oldest = this.#values.entries().next().value;
      if (oldest === undefined) return;
      this.#values.delete(oldest[0]);
      if (oldest[0] === owner || this.#options.inUse(oldest[0])) this.#values.set(...oldest);
    }
  }
}

/** What goes wrong for one that waited is not the others' business. */
function attempt(run: () => void, failed: (error: unknown) => void): void {
  try {
    run();
  } catch (error) {
    failed(error);
  }
}
