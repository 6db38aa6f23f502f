/** Storage in memory: gone with the process. For tests, and for hosts whose data is not to be kept. */
import type { ZodType } from 'zod';
import type { KeyvalStore, Storage } from './storage.js';

export class MemoryStorage implements Storage {
  readonly #stores = new Map<string, Map<string, string>>();

  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    const key = `${host}/${name}`;
    const values = this.#stores.get(key) ?? new Map<string, string>();
    this.#stores.set(key, values);
    // Values are kept as text, so that nobody changes what is stored by changing what was read.
    return {
      get: async (owner) => {
        const text = values.get(owner);
        return text === undefined ? undefined : schema.parse(JSON.parse(text));
      },
      set: async (owner, value) => void values.set(owner, JSON.stringify(value)),
      add: async (owner, value) => {
        if (values.has(owner)) return false;
        values.set(owner, JSON.stringify(value));
        return true;
      },
      remove: async (owner) => values.delete(owner),
      users: async () => [...values.keys()].sort(),
    };
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
