/** Accounts that the server keeps itself, as salted SCRAM keys per hash; passwords are never stored. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { JidError, makeJid, tryParseJid } from '@conclave/signaling';
import { InTurn } from '../storage/in-turn.js';
import type { KeyvalStore, Storage } from '../storage/storage.js';
import type { ClientSession } from '../session/client-session.js';
import { AccountError } from './account-error.js';
import { DisabledAccounts, type Disabled } from './disabled-accounts.js';
import type { AccountProvider, LoginChannel, LoginClaim, LoginContext } from './account-provider.js';
import type { SaslExchange } from './sasl/exchange.js';
import { PlainExchange } from './sasl/plain.js';
import { KeyShapes, shapeOf, strongestOf, type AccountShape, type KeysShape } from './key-shapes.js';
import { deriveKeys, fakeKeys, hmac, prepare, sameSecret, scramHashes } from './sasl/scram-keys.js';
import type { ScramHash, ScramKeys } from './sasl/scram-keys.js';
import { ScramExchange, type ScramOffer } from './sasl/scram.js';
import {
  decodeKeys,
  encodeKeys,
  storedAccount,
  type StoredAccount,
  type StoredKeys,
} from './stored-account.js';

/** Owner of what belongs to no account. */
const ofHost = '';
/** Of salts that are made here. */
const saltBytes = 16;

/** @param except a session that stays */
export type AccountChange = (
  username: string,
  change: 'password-changed' | 'disabled' | 'removed',
  except?: ClientSession,
) => Promise<void>;

export class InternalHashedAccounts implements AccountProvider {
  readonly kind = 'internal_hashed';
  readonly namesAreGiven = false;
  /** Accounts whose data is on its way out: nobody may register their names meanwhile and inherit it. */
  readonly #leaving = new Set<string>();
  readonly #inTurn = new InTurn();

  private constructor(
    private readonly host: string,
    private readonly iterations: number,
    private readonly changed: AccountChange,
    private readonly store: KeyvalStore<StoredAccount>,
    private readonly shapes: KeyShapes,
    private readonly fakeSecret: Buffer,
    private readonly disabledAccounts: DisabledAccounts,
  ) {}

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
    const store = storage.keyval(host, 'accounts', storedAccount);
    return new InternalHashedAccounts(
      host,
      iterations,
      changed,
      store,
      await KeyShapes.open(storage, host, store),
      Buffer.from(secret, 'base64'),
      await DisabledAccounts.open(storage, host),
    );
  }

  /** Without a claim: what everybody can log in by, as it is not known who comes; or all, if there is nothing such. */
  mechanisms({ confidential, bindings, claim }: LoginChannel): readonly string[] {
    const { common } = this.shapes;
    const hashes = [...(claim?.hashes ?? (common.length === 0 ? scramHashes : common))].reverse();
    const plus = bindings.size > 0 ? hashes.map((hash) => `SCRAM-${hash}-PLUS`) : [];
    return [...plus, ...hashes.map((hash) => `SCRAM-${hash}`), ...(confidential ? ['PLAIN'] : [])];
  }

  claim(username: string): Promise<LoginClaim> | undefined {
    // As a rule everybody has all keys.
    if (this.shapes.common.length === scramHashes.length) return undefined;
    return this.store.get(username).then((record) => {
      const shape = this.#shape(username, record);
      return { hashes: scramHashes.filter((hash) => shape[hash] !== undefined) };
    });
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
    if (!(await this.#add(username, record)))
      throw new AccountError('conflict', `${username}@${this.host} exists already`);
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
        const before = await this.store.get(username);
        return this.shapes.change(undefined, async () =>
          (await this.store.remove(username)) ? { before: before?.keys } : false,
        );
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
   * Makes an account with keys that were made elsewhere. Until its password is heard it logs in by their hash only, and so does everybody
   * who does not say beforehand which account it comes for. Throws an AccountError (`bad-username`, `conflict`).
   */
  async adopt(name: string, hash: ScramHash, keys: ScramKeys): Promise<void> {
    const username = this.#username(name);
    const now = new Date().toISOString();
    const record = { created: now, updated: now, keys: { [hash]: encodeKeys(keys) } };
    if (!(await this.#add(username, record)))
      throw new AccountError('conflict', `${username}@${this.host} exists already`);
  }

  /** The keys of an account, of the hash that the most programs know; undefined: no such account. */
  async credentials(name: string): Promise<{ hash: ScramHash; keys: ScramKeys } | undefined> {
    const record = await this.store.get(this.#username(name));
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
    return (await this.store.get(this.#username(name))) !== undefined;
  }

  /** Local parts, in alphabetical order. */
  list(): Promise<string[]> {
    return this.store.users();
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
    return { username, keys: this.#keysOf(hash, username, await this.store.get(username)) };
  }

  #keysOf(hash: ScramHash, username: string, record: StoredAccount | undefined): ScramKeys {
    const stored = record?.keys[hash];
    if (stored !== undefined) return decodeKeys(stored);
    const shape = this.#shape(username, record)[hash] ?? this.#newKeys;
    return fakeKeys(hash, this.fakeSecret, username, shape);
  }

  /** What a stranger is shown of an account, be it there or not. */
  #shape(username: string, record: StoredAccount | undefined): AccountShape {
    if (record !== undefined) return shapeOf(record.keys);
    const place = hmac('SHA-256', this.fakeSecret, `shape ${username}`).readUInt32BE() / 2 ** 32;
    return this.shapes.at(place) ?? { 'SHA-1': this.#newKeys, 'SHA-256': this.#newKeys };
  }

  get #newKeys(): KeysShape {
    return { iterations: this.iterations, salt: saltBytes };
  }

  async #verify(name: string, password: string): Promise<{ username: string; valid: boolean }> {
    const local = prepare(name) ?? name;
    const username = tryParseJid(`${local}@${this.host}`)?.local ?? name;
    const record = await this.store.get(username);
    const hash = strongestOf(this.#shape(username, record));
    const keys = this.#keysOf(hash, username, record);
    const prepared = prepare(password) ?? '';
    const given = await deriveKeys(hash, prepared, keys.salt, keys.iterations);
    const valid = sameSecret(given.storedKey, keys.storedKey);
    if (valid && record !== undefined) await this.#strengthen(username, password, hash, record);
    return { username, valid };
  }

  /** Keys that are weaker than new ones would be are made anew, now that the password is known. */
  async #strengthen(
    username: string,
    password: string,
    hash: ScramHash,
    heard: StoredAccount,
  ): Promise<void> {
    if (scramHashes.every((each) => (heard.keys[each]?.iterations ?? 0) >= this.iterations)) return;
    if (prepare(password, 'forbidden') === undefined) return;
    const record = await this.#record(password);
    // That takes a while: a password that was changed meanwhile stays changed.
    const { storedKey } = heard.keys[hash] ?? {};
    await this.#replace(username, record, (before) => before.keys[hash]?.storedKey === storedKey);
  }

  /** @returns false, with nothing changed, when there is such an account, or there still is something of one */
  #add(username: string, record: StoredAccount): Promise<boolean> {
    if (this.#leaving.has(username)) return Promise.resolve(false);
    return this.shapes.change(record.keys, async () =>
      (await this.store.add(username, record)) ? { before: undefined } : false,
    );
  }

  /** @returns false, with nothing changed, when there is no such account or it is not as expected */
  #replace(
    username: string,
    record: StoredAccount,
    isExpected: (before: StoredAccount) => boolean,
  ): Promise<boolean> {
    return this.#inTurn.run(username, () =>
      this.shapes.change(record.keys, async () => {
        const before = await this.store.get(username);
        if (before === undefined || !isExpected(before)) return false;
        await this.store.set(username, { ...record, created: before.created });
        return { before: before.keys };
      }),
    );
  }

  #isSelf(authzid: string, name: string): boolean {
    const self = tryParseJid(`${name}@${this.host}`);
    return self !== undefined && tryParseJid(authzid)?.equals(self) === true;
  }

  async #record(password: string): Promise<StoredAccount> {
    const prepared = prepare(password, 'forbidden');
    if (prepared === undefined || prepared === '') {
      throw new AccountError('bad-password', 'the password is empty or has a character that is not allowed');
    }
    const keysOf = async (hash: ScramHash): Promise<StoredKeys> =>
      encodeKeys(await deriveKeys(hash, prepared, randomBytes(saltBytes), this.iterations));
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
