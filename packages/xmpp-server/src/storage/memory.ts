/** Storage in memory: gone with the process. For tests, and for hosts whose data is not to be kept. */
import type { ZodType } from 'zod';
import { MemoryArchive } from './memory-archive.js';
import type { ArchiveStore, KeyvalStore, Storage } from './storage.js';

export class MemoryStorage implements Storage {
  readonly #stores = new Map<string, Map<string, string>>();
  readonly #archives = new Map<string, MemoryArchive>();

  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    const key = `${host}/${name}`;
    const values = this.#stores.get(key) ?? new Map<string, string>();
    this.#stores.set(key, values);
    // Values are kept as text, so that nobody changes what is stored by changing what was read.
    const read = (owner: string): T | undefined => {
      const text = values.get(owner);
      return text === undefined ? undefined : schema.parse(JSON.parse(text));
    };
    const write = (owner: string, value: T): void => void values.set(owner, JSON.stringify(value));
    const add = (owner: string, value: T): boolean => {
      if (values.has(owner)) return false;
      write(owner, value);
      return true;
    };
    return {
      get: promised(read),
      set: promised(write),
      add: promised(add),
      remove: promised((owner: string) => values.delete(owner)),
      users: promised(() => [...values.keys()].sort()),
    };
  }

  archive(host: string, name: string): ArchiveStore {
    const key = `${host}/${name}`;
    const archive = this.#archives.get(key) ?? new MemoryArchive();
    this.#archives.set(key, archive);
    return archive;
  }

  async purge(host: string, owner: string): Promise<void> {
    for (const [key, values] of this.#stores) {
      if (key.startsWith(`${host}/`)) values.delete(owner);
    }
    for (const [key, archive] of this.#archives) {
      if (key.startsWith(`${host}/`)) await archive.remove(owner, {});
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** As the function, but what it throws is a rejection, as of a store that takes its time. */
function promised<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => Promise<R> {
  return (...args) => new Promise((resolve) => resolve(run(...args)));
}
