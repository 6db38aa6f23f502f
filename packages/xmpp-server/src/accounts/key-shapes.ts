/**
 * What a stranger sees of an account's keys before a proof is due: of which hashes there are any, after how many iterations, with what kind
 * of salt (RFC 5802 s.5.1). Accounts differ in that: they come from other servers, or from before the number of iterations was changed. So
 * the shapes in use are counted, and a name without an account shows one of them, each as likely as it is in use: who has no account
 * cannot be told from who has one (RFC 6120 s.13.11).
 */
import { z } from 'zod';
import { InTurn } from '../storage/in-turn.js';
import type { KeyvalStore, Storage } from '../storage/storage.js';
import { scramHashes, type ScramHash } from './sasl/scram-keys.js';
import { decodeKeys, type KeySets, type StoredAccount } from './stored-account.js';

const shapeOfKeys = z.object({
  iterations: z.int().min(1),
  /** Its bytes; or `uuid`: the text of one, as Prosody has it. */
  salt: z.union([z.int().min(0), z.literal('uuid')]),
});
export type KeysShape = Readonly<z.infer<typeof shapeOfKeys>>;

const shape = z.object({ 'SHA-1': shapeOfKeys.optional(), 'SHA-256': shapeOfKeys.optional() });
export type AccountShape = Readonly<z.infer<typeof shape>>;

/** How many accounts have each shape, which is written as JSON. */
const counts = z.record(z.string(), z.int().min(1));

/** Owner of what belongs to no account. */
const ofHost = '';
const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class KeyShapes {
  readonly #inTurn = new InTurn();
  /** The weakest first: as accounts grow stronger, so do names without one. */
  #sorted: readonly { readonly shape: AccountShape; readonly count: number }[] = [];
  #total = 0;

  private constructor(
    private readonly store: KeyvalStore<Readonly<Record<string, number>>>,
    private readonly counts: Map<string, number>,
  ) {
    this.#sort();
  }

  /** Counts the accounts, unless that has been done and none has come or gone since unnoticed. */
  static async open(
    storage: Storage,
    host: string,
    accounts: Pick<KeyvalStore<StoredAccount>, 'get' | 'users'>,
  ): Promise<KeyShapes> {
    const store = storage.keyval(host, 'accounts_shapes', counts);
    const usernames = await accounts.users();
    const known = new KeyShapes(store, new Map(Object.entries((await store.get(ofHost)) ?? {})));
    if (known.#total === usernames.length) return known;
    const shapes = new KeyShapes(store, new Map());
    for (const username of usernames) {
      const account = await accounts.get(username);
      if (account !== undefined) shapes.#count(account.keys, 1);
    }
    await shapes.#write();
    return shapes;
  }

  /**
   * Carries out a change to an account. What it becomes is counted first, and what it was is forgotten last: after a crash there is one too
   * many, which `open` notices, and never one that nothing is known of.
   * @param write resolves with what was there, or with false when nothing has changed
   */
  async change(
    after: KeySets | undefined,
    write: () => Promise<{ readonly before: KeySets | undefined } | false>,
  ): Promise<boolean> {
    if (after !== undefined) await this.#add(after, 1);
    let done: { readonly before: KeySets | undefined } | false = false;
    try {
      done = await write();
    } finally {
      if (done === false && after !== undefined) await this.#add(after, -1);
    }
    if (done === false) return false;
    if (done.before !== undefined) await this.#add(done.before, -1);
    return true;
  }

  /** The shape at a place between 0 and 1 (exclusive), where each has as much room as it has accounts; undefined: there are no accounts. */
  at(place: number): AccountShape | undefined {
    let rest = place * this.#total;
    return this.#sorted.find(({ count }) => (rest -= count) < 0)?.shape;
  }

  /** The hashes of which every account has keys, the weakest first. */
  get common(): readonly ScramHash[] {
    return scramHashes.filter((hash) => this.#sorted.every(({ shape }) => shape[hash] !== undefined));
  }

  #add(keys: KeySets, change: 1 | -1): Promise<void> {
    return this.#inTurn.run(ofHost, () => {
      this.#count(keys, change);
      return this.#write();
    });
  }

  #count(keys: KeySets, change: 1 | -1): void {
    const text = JSON.stringify(shapeOf(keys));
    const count = (this.counts.get(text) ?? 0) + change;
    if (count > 0) this.counts.set(text, count);
    else this.counts.delete(text);
    this.#sort();
  }

  #write(): Promise<void> {
    return this.store.set(ofHost, Object.fromEntries(this.counts));
  }

  #sort(): void {
    this.#sorted = [...this.counts]
      .map(([text, count]) => ({ shape: shape.parse(JSON.parse(text)), count, text }))
      .sort((a, b) => strength(a.shape) - strength(b.shape) || (a.text < b.text ? -1 : 1));
    this.#total = this.#sorted.reduce((sum, { count }) => sum + count, 0);
  }
}

/** The shape of an account's keys; the same shape is the same text in JSON. */
export function shapeOf(keys: KeySets): AccountShape {
  const shapes = scramHashes.flatMap((hash) => {
    const stored = keys[hash];
    if (stored === undefined) return [];
    const { salt, iterations } = decodeKeys(stored);
    return [[hash, { iterations, salt: uuidText.test(salt.toString('latin1')) ? 'uuid' : salt.length }]];
  });
  return shape.parse(Object.fromEntries(shapes));
}

/** The hash that a password is compared by: the strongest there is. */
export function strongestOf(of: AccountShape): ScramHash {
  return of['SHA-256'] === undefined && of['SHA-1'] !== undefined ? 'SHA-1' : 'SHA-256';
}

function strength(of: AccountShape): number {
  const iterations = scramHashes.flatMap((hash) => of[hash]?.iterations ?? []);
  // A count of iterations has ten digits at most: what there are keys of counts for more.
  return (
    (of['SHA-256'] === undefined ? 0 : 1e12) +
    (of['SHA-1'] === undefined ? 0 : 1e11) +
    Math.min(...iterations)
  );
}
