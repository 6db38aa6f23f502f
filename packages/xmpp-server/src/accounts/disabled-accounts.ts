/** Accounts that nobody can log in to for the time being, though all that belongs to them stays. */
import { z } from 'zod';
import type { KeyvalStore, Storage } from '../storage/storage.js';

const stored = z.object({
  /** ISO 8601. */
  since: z.string(),
  /** When the account is to be removed (ISO 8601), unless it is enabled before. */
  removeAt: z.string().optional(),
});

export type Disabled = Readonly<z.infer<typeof stored>>;

export class DisabledAccounts {
  private constructor(
    private readonly store: KeyvalStore<Disabled>,
    private readonly known: Map<string, Disabled>,
  ) {}

  static async open(storage: Storage, host: string): Promise<DisabledAccounts> {
    const store = storage.keyval(host, 'accounts_disabled', stored);
    const known = new Map<string, Disabled>();
    for (const username of await store.users()) {
      const entry = await store.get(username);
      if (entry !== undefined) known.set(username, entry);
    }
    return new DisabledAccounts(store, known);
  }

  get(username: string): Disabled | undefined {
    return this.known.get(username);
  }

  /** Local parts, in alphabetical order. */
  get usernames(): readonly string[] {
    return [...this.known.keys()].sort();
  }

  async add(username: string, entry: Disabled): Promise<void> {
    this.known.set(username, entry);
    await this.store.set(username, entry);
  }

  async remove(username: string): Promise<void> {
    if (this.known.delete(username)) await this.store.remove(username);
  }
}
