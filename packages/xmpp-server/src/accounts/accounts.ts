/** The accounts of all hosts, as administration sees them; what it does to them takes effect at once. */
import { AccountError } from './account-error.js';
import type { InternalHashedAccounts } from './internal-hashed.js';

export class Accounts {
  readonly #hosts: ReadonlyMap<string, InternalHashedAccounts>;

  /** @param hosts the hosts that keep accounts, by name */
  constructor(hosts: ReadonlyMap<string, InternalHashedAccounts>) {
    this.#hosts = hosts;
  }

  /** Throws an AccountError (`unknown-host`, `bad-username`, `bad-password`, `conflict`). */
  async register(username: string, host: string, password: string): Promise<void> {
    await this.#of(host).register(username, password);
  }

  /** Ends the account's sessions. Throws an AccountError (`unknown-host`, `unknown-account`, `bad-password`). */
  async setPassword(username: string, host: string, password: string): Promise<void> {
    await this.#of(host).setPassword(username, password);
  }

  /** Ends the account's sessions. Throws an AccountError (`unknown-host`, `unknown-account`). */
  async remove(username: string, host: string): Promise<void> {
    await this.#of(host).remove(username);
  }

  /** Nobody logs in to the account any more, and its sessions end. Throws an AccountError (`unknown-host`, `unknown-account`). */
  async disable(username: string, host: string): Promise<void> {
    await this.#of(host).disable(username);
  }

  /** Throws an AccountError (`unknown-host`, `unknown-account`). */
  async enable(username: string, host: string): Promise<void> {
    await this.#of(host).enable(username);
  }

  /** Bare JIDs of those that are disabled, in alphabetical order. Throws an AccountError (`unknown-host`). */
  listDisabled(host: string): readonly string[] {
    return this.#of(host)
      .listDisabled()
      .map((username) => `${username}@${host.toLowerCase()}`);
  }

  /** Bare JIDs, in alphabetical order. Throws an AccountError (`unknown-host`). */
  async list(host: string): Promise<readonly string[]> {
    const usernames = await this.#of(host).list();
    return usernames.map((username) => `${username}@${host.toLowerCase()}`);
  }

  /** Throws an AccountError (`unknown-host`, `bad-username`). */
  async exists(username: string, host: string): Promise<boolean> {
    return this.#of(host).exists(username);
  }

  #of(host: string): InternalHashedAccounts {
    const accounts = this.#hosts.get(host.toLowerCase());
    if (accounts === undefined) throw new AccountError('unknown-host', `${host} keeps no accounts`);
    return accounts;
  }
}
