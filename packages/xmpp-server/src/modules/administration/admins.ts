/** Who the administrators are (XEP-0133 s.4.29): those of the configuration, and those that these have added. */
import { stanzaError, tryParseJid } from '@conclave/signaling';
import { z } from 'zod';
import type { HostStorage } from '../../storage/storage.js';
import type { AdminCommand } from './context.js';
import { adminForm, field } from './fields.js';

/** Owner of what belongs to no account. */
const ofHost = '';
const maxAdded = 100;

export class Admins {
  readonly #configured: ReadonlySet<string>;
  readonly #store;
  #added: ReadonlySet<string> = new Set();

  /** @param configured bare JIDs */
  constructor(configured: readonly string[], storage: HostStorage) {
    this.#configured = new Set(configured.map((admin) => tryParseJid(admin)?.toString() ?? admin));
    this.#store = storage.keyval('administrators', z.array(z.string()));
  }

  /** Reads those that were added. */
  async load(): Promise<void> {
    this.#added = new Set(await this.#store.get(ofHost));
  }

  /** @param account a bare JID */
  has(account: string): boolean {
    return this.#configured.has(account) || this.#added.has(account);
  }

  /** Somebody whose account is gone. */
  async forget(account: string): Promise<void> {
    if (this.#added.has(account)) await this.#replace([...this.#added].filter((each) => each !== account));
  }

  get command(): AdminCommand {
    return {
      node: 'edit-admin',
      name: 'Administrators',
      form: adminForm('Administrators', field.admins),
      current: () => Promise.resolve({ adminjids: [...this.#configured, ...this.#added].sort() }),
      run: async (form) => {
        const values = form?.fields.find((one) => one.var === 'adminjids')?.values ?? [];
        const named = values.map((value) => tryParseJid(value));
        const accounts = named.flatMap((jid) =>
          jid?.isBare === true && jid.local !== undefined ? [jid.toString()] : [],
        );
        if (accounts.length < values.length) return stanzaError('bad-request', 'Addresses of accounts');
        // Nobody locks everybody out: what the configuration says stays.
        const added = [...new Set(accounts)].filter((account) => !this.#configured.has(account));
        if (added.length > maxAdded) return stanzaError('not-acceptable', `At most ${maxAdded}`);
        await this.#replace(added);
        return { note: 'Done' };
      },
    };
  }

  async #replace(added: readonly string[]): Promise<void> {
    await this.#store.set(ofHost, [...added]);
    this.#added = new Set(added);
  }
}
