/** Accounts that the server keeps itself, as salted SCRAM keys per hash; passwords are never stored. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { JidError, makeJid, tryParseJid } from '@conclave/signaling';
import { InTurn } from '../storage/in-turn.js';
import type { KeyvalStore, Storage } from '../storage/storage.js';
import type { ClientSession } from '../session/client-session.js';
import { AccountError } from './account-error.js';
import { DisabledAccounts, type Disabled } from './disabled-accounts.js';
import type { AccountProvider, LoginChannel, LoginContext } from './account-provider.js';
import type { SaslExchange } from './sasl/exchange.js';
import { PlainExchange } from './sasl/plain.js';
import { deriveKeys, fakeKeys, prepare, sameSecret, scramHashes } from './sasl/scram-keys.js';
import type { ScramHash, ScramKeys } from './sasl/scram-keys.js';
import { ScramExchange, type ScramOffer } from './sasl/scram.js';

const storedKeys = z.object({
  salt: z.base64(),
  iterations: z.int().min(1),
  storedKey: z.base64(),
  serverKey: z.base64(),
});

const account = z.object({
  /** ISO 8601. */
  created: z.string(),
  updated: z.string(),
  /** Of both hashes, unless it came from elsewhere and has not said its password since. */
  keys: z.object({ 'SHA-1': storedKeys.optional(), 'SHA-256': storedKeys.optional() }),
});
type Account = z.infer<typeof account>;

/** Owner of what belongs to no account. */
const ofHost = '';

/** @param except a session that stays */
export type AccountChange = (
  username: string,
  change: 'password-changed' | 'disabled' | 'removed',
  except?: ClientSession,
) => Promise<void>;

export class InternalHashedAccounts implements AccountProvider {
  readonly kind = 'internal_hashed';
  readonly namesAreGiven = false;
  readonly #store: KeyvalStore<Account>;
  readonly #fakeSecret: Buffer;
  /** Accounts that can log in by one hash only, and which one that is. */
  readonly #adopted: KeyvalStore<ScramHash>;
  readonly #adoptedHashes: Map<string, ScramHash>;
  /** Accounts whose data is on its way out: nobody may register their names meanwhile and inherit it. */
  readonly #leaving = new Set<string>();
  readonly #inTurn = new InTurn();

  private constructor(
    private readonly host: string,
    private readonly iterations: number,
    private readonly changed: AccountChange,
    store: KeyvalStore<Account>,
    fakeSecret: Buffer,
    adopted: KeyvalStore<ScramHash>,
    adoptedHashes: Map<string, ScramHash>,
    private readonly disabledAccounts: DisabledAccounts,
  ) {
    this.#store = store;
    this.#adopted = adopted;
    this.#adoptedHashes = adoptedHashes;
    this.#fakeSecret = fakeSecret;
  }

  /** @param changed called, and waited for, when credentials that running sessions rest on are no longer good */
  static async open(
    storage: Storage,
    host: string,
    iterations: number,
    changed: AccountChange,
  ): Promise<InternalHashedAccounts> {
    // Kept, so that the salt of an account that does not exist stays the same over restarts as that of a real one does.
    const secrets = storage.keyval(host, 'account_secrets', z.base64());
    let secret = await secrets.get(ofHost);
    if (secret === undefined) {
      secret = randomBytes(32).toString('base64');
      await secrets.set(ofHost, secret);
    }
    const store = storage.keyval(host, 'accounts', account);
    const fakeSecret = Buffer.from(secret, 'base64');
    const adopted = storage.keyval<ScramHash>(host, 'accounts_adopted', z.enum(scramHashes));
    const hashes = new Map<string, ScramHash>();
    for (const username of await adopted.users()) {
      const hash = await adopted.get(username);
      if (hash !== undefined) hashes.set(username, hash);
    }
    return new InternalHashedAccounts(
      host,
      iterations,
      changed,
      store,
      fakeSecret,
      adopted,
      hashes,
      await DisabledAccounts.open(storage, host),
    );
  }

  mechanisms({ confidential, bindings }: LoginChannel): readonly string[] {
    const hashes = this.#commonHashes();
    const plus = bindings.size > 0 ? hashes.map((hash) => `SCRAM-${hash}-PLUS`) : [];
    return [...plus, ...hashes.map((hash) => `SCRAM-${hash}`), ...(confidential ? ['PLAIN'] : [])];
  }

  authenticate(mechanism: string, { bindings, offered }: LoginContext): SaslExchange | undefined {
    const offer = (plus: boolean): ScramOffer => ({
      plus,
      bindings,
      mechanisms: offered,
    });
    switch (mechanism) {
      case 'SCRAM-SHA-256-PLUS':
        return this.#scram('SHA-256', offer(true));
      case 'SCRAM-SHA-1-PLUS':
        return this.#scram('SHA-1', offer(true));
      case 'SCRAM-SHA-256':
        return this.#scram('SHA-256', offer(false));
      case 'SCRAM-SHA-1':
        return this.#scram('SHA-1', offer(false));
      case 'PLAIN':
        return new PlainExchange({
          verify: (name, password) => this.#verify(name, password),
          isSelf: (authzid, name) => this.#isSelf(authzid, name),
        });
      default:
        return undefined;
    }
  }

  /** Throws an AccountError (`bad-username`, `bad-password`, `conflict`). */
  async register(name: string, password: string): Promise<void> {
    const username = this.#username(name);
    const record = await this.#record(password);
    const created = !this.#leaving.has(username) && (await this.#store.add(username, record));
    if (!created) throw new AccountError('conflict', `${username}@${this.host} exists already`);
  }

  /**
   * Throws an AccountError (`bad-password`, `unknown-account`). Running sessions of the account end.
   * @param except but for this one
   */
  async setPassword(name: string, password: string, except?: ClientSession): Promise<void> {
    const username = this.#username(name);
    const record = await this.#record(password);
    if (!(await this.#replace(username, record, () => true)))
      throw new AccountError('unknown-account', `${username}@${this.host} does not exist`);
    await this.changed(username, 'password-changed', except);
  }

  /** Throws an AccountError (`unknown-account`). Running sessions of the account end, and all its data goes. */
  async remove(name: string): Promise<void> {
    const username = this.#username(name);
    this.#leaving.add(username);
    try {
      const removed = await this.#inTurn.run(username, async () => {
        const done = await this.#store.remove(username);
        await this.#complete(username);
        return done;
      });
      if (!removed) throw new AccountError('unknown-account', `${username}@${this.host} does not exist`);
      await this.disabledAccounts.remove(username);
      await this.changed(username, 'removed');
    } finally {
      this.#leaving.delete(username);
    }
  }

  /**
   * From now on nobody logs in to the account; running sessions of it end. Throws an AccountError (`unknown-account`).
   * @param removeAt when it is to be removed, unless it is enabled before (ISO 8601)
   */
  async disable(name: string, removeAt?: string): Promise<void> {
    const username = this.#username(name);
    if (!(await this.exists(username)))
      throw new AccountError('unknown-account', `${username}@${this.host} does not exist`);
    const { since } = this.disabledAccounts.get(username) ?? { since: new Date().toISOString() };
    await this.disabledAccounts.add(username, { since, ...(removeAt === undefined ? {} : { removeAt }) });
    await this.changed(username, 'disabled');
  }

  /** Throws an AccountError (`unknown-account`). */
  async enable(name: string): Promise<void> {
    const username = this.#username(name);
    if (!(await this.exists(username)))
      throw new AccountError('unknown-account', `${username}@${this.host} does not exist`);
    await this.disabledAccounts.remove(username);
  }

  /** @param username a local part, normalised @returns undefined: it is not disabled */
  disabled(username: string): Disabled | undefined {
    return this.disabledAccounts.get(username);
  }

  /** Local parts of those that are disabled, in alphabetical order. */
  listDisabled(): readonly string[] {
    return this.disabledAccounts.usernames;
  }

  /**
   * Makes an account with keys that were made elsewhere. Until its password is heard it logs in by their hash only, and so does everybody:
   * which mechanisms there are is said before it is known who comes. Throws an AccountError (`bad-username`, `conflict`).
   */
  async adopt(name: string, hash: ScramHash, keys: ScramKeys): Promise<void> {
    const username = this.#username(name);
    const now = new Date().toISOString();
    const record = { created: now, updated: now, keys: { [hash]: encodeKeys(keys) } };
    // First: an account that is there is one that can log in.
    const isFree = !this.#leaving.has(username) && !(await this.exists(username));
    if (isFree) await this.#adopted.set(username, hash);
    if (!isFree || !(await this.#store.add(username, record))) {
      if (isFree) await this.#adopted.remove(username);
      throw new AccountError('conflict', `${username}@${this.host} exists already`);
    }
    this.#adoptedHashes.set(username, hash);
  }

  /** The keys of an account, of the hash that the most programs know; undefined: no such account. */
  async credentials(name: string): Promise<{ hash: ScramHash; keys: ScramKeys } | undefined> {
    const record = await this.#store.get(this.#username(name));
    const hash = record?.keys['SHA-1'] === undefined ? 'SHA-256' : 'SHA-1';
    const keys = record?.keys[hash];
    return keys === undefined ? undefined : { hash, keys: decodeKeys(keys) };
  }

  /** Makes sure that the account exists with this password; one that has it already is left as it is. */
  async ensure(name: string, password: string): Promise<void> {
    if (!(await this.exists(name))) return this.register(name, password);
    const { valid } = await this.#verify(name, password);
    if (!valid) await this.setPassword(name, password);
  }

  async exists(name: string): Promise<boolean> {
    return (await this.#store.get(this.#username(name))) !== undefined;
  }

  /** Local parts, in alphabetical order. */
  list(): Promise<string[]> {
    return this.#store.users();
  }

  #scram(hash: ScramHash, offer: ScramOffer): SaslExchange {
    const lookup = {
      keys: (name: string) => this.#keys(hash, name),
      isSelf: (authzid: string, name: string) => this.#isSelf(authzid, name),
    };
    return new ScramExchange(hash, lookup, offer);
  }

  async #keys(hash: ScramHash, name: string): Promise<{ username: string; keys: ScramKeys }> {
    const username = tryParseJid(`${name}@${this.host}`)?.local ?? name;
    const record = await this.#store.get(username);
    const stored = record?.keys[hash];
    if (stored === undefined) {
      return { username, keys: fakeKeys(hash, this.#fakeSecret, username, this.iterations) };
    }
    return { username, keys: decodeKeys(stored) };
  }

  async #verify(name: string, password: string): Promise<{ username: string; valid: boolean }> {
    const local = tryParseJid(`${prepare(name) ?? name}@${this.host}`)?.local ?? name;
    const hash = this.#adoptedHashes.get(local) ?? 'SHA-256';
    const { username, keys } = await this.#keys(hash, local);
    const prepared = prepare(password) ?? '';
    const given = await deriveKeys(hash, prepared, keys.salt, keys.iterations);
    const valid = sameSecret(given.storedKey, keys.storedKey);
    if (valid) await this.#strengthen(username, password, hash, keys);
    return { username, valid };
  }

  /** Keys that are weaker than new ones would be are made anew, now that the password is known. */
  async #strengthen(username: string, password: string, hash: ScramHash, keys: ScramKeys): Promise<void> {
    if (keys.iterations >= this.iterations && !this.#adoptedHashes.has(username)) return;
    if (prepare(password, 'forbidden') === undefined) return;
    const record = await this.#record(password);
    // That takes a while: a password that was changed meanwhile stays changed.
    const heard = keys.storedKey.toString('base64');
    await this.#replace(username, record, (before) => before.keys[hash]?.storedKey === heard);
  }

  /** @returns false, with nothing changed, when there is no such account or it is not as expected */
  #replace(username: string, record: Account, isExpected: (before: Account) => boolean): Promise<boolean> {
    return this.#inTurn.run(username, async () => {
      const before = await this.#store.get(username);
      if (before === undefined || !isExpected(before)) return false;
      await this.#store.set(username, { ...record, created: before.created });
      await this.#complete(username);
      return true;
    });
  }

  /** From now on the account has no fewer keys than others. */
  async #complete(username: string): Promise<void> {
    if (this.#adoptedHashes.delete(username)) await this.#adopted.remove(username);
  }

  /** By which everybody can log in, the strongest first; all, if there is none. */
  #commonHashes(): readonly ScramHash[] {
    const hashes = new Set(this.#adoptedHashes.values());
    return hashes.size === 1 ? [...hashes] : [...scramHashes].reverse();
  }

  #isSelf(authzid: string, name: string): boolean {
    const self = tryParseJid(`${name}@${this.host}`);
    return self !== undefined && tryParseJid(authzid)?.equals(self) === true;
  }

  async #record(password: string): Promise<Account> {
    const prepared = prepare(password, 'forbidden');
    if (prepared === undefined || prepared === '') {
      throw new AccountError('bad-password', 'the password is empty or has a character that is not allowed');
    }
    const keysOf = async (hash: ScramHash): Promise<z.infer<typeof storedKeys>> =>
      encodeKeys(await deriveKeys(hash, prepared, randomBytes(16), this.iterations));
    const [sha1, sha256] = await Promise.all([keysOf('SHA-1'), keysOf('SHA-256')]);
    const now = new Date().toISOString();
    return {
      created: now,
      updated: now,
      keys: { 'SHA-1': sha1, 'SHA-256': sha256 },
    };
  }

  #username(name: string): string {
    const prepared = prepare(name, 'forbidden');
    try {
      const { local } = makeJid(prepared ?? '', this.host);
      if (local !== undefined) return local;
    } catch (error) {
      if (!(error instanceof JidError)) throw error;
    }
    throw new AccountError('bad-username', `"${name}" cannot be the name of an account`);
  }
}

function encodeKeys(keys: ScramKeys): z.infer<typeof storedKeys> {
  return {
    salt: keys.salt.toString('base64'),
    iterations: keys.iterations,
    storedKey: keys.storedKey.toString('base64'),
    serverKey: keys.serverKey.toString('base64'),
  };
}

function decodeKeys(keys: z.infer<typeof storedKeys>): ScramKeys {
  return {
    salt: Buffer.from(keys.salt, 'base64'),
    iterations: keys.iterations,
    storedKey: Buffer.from(keys.storedKey, 'base64'),
    serverKey: Buffer.from(keys.serverKey, 'base64'),
  };
}
