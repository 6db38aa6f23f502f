/** Accounts whose passwords somebody else knows: they are shown there, so they have to come as they are (PLAIN). */
import { tryParseJid } from '@conclave/signaling';
import type { AccountProvider, LoginChannel } from './account-provider.js';
import type { SaslExchange } from './sasl/exchange.js';
import { PlainExchange } from './sasl/plain.js';

export interface Directory {
  /** @param username a local part, normalised. Throws when the directory cannot be asked. */
  check(username: string, password: string): Promise<boolean>;
  exists(username: string): Promise<boolean>;
}

/** Milliseconds for which it is remembered whether an account exists; of so many. */
const memory = 60_000;
const remembered = 10_000;

export class DirectoryAccounts implements AccountProvider {
  readonly namesAreGiven = false;
  readonly #known = new Map<string, { readonly exists: boolean; readonly until: number }>();

  /** @param failed told why, when the directory could not be asked */
  constructor(
    readonly kind: 'ldap' | 'http',
    private readonly host: string,
    private readonly directory: Directory,
    private readonly failed: (error: unknown) => void,
  ) {}

  mechanisms({ confidential }: LoginChannel): readonly string[] {
    return confidential ? ['PLAIN'] : [];
  }

  authenticate(mechanism: string): SaslExchange | undefined {
    if (mechanism !== 'PLAIN') return undefined;
    return new PlainExchange({
      verify: (name, password) => this.#verify(name, password),
      isSelf: (authzid, name) => {
        const self = tryParseJid(`${name}@${this.host}`);
        return self !== undefined && tryParseJid(authzid)?.equals(self) === true;
      },
    });
  }

  async exists(username: string): Promise<boolean> {
    const known = this.#known.get(username);
    if (known !== undefined && known.until > Date.now()) return known.exists;
    try {
      const exists = await this.directory.exists(username);
      this.#remember(username, exists);
      return exists;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  async #verify(name: string, password: string) {
    const username = tryParseJid(`${name}@${this.host}`)?.local;
    if (username === undefined) return { username: name, valid: false } as const;
    try {
      const valid = await this.directory.check(username, password);
      if (valid) this.#remember(username, true);
      return { username, valid };
    } catch (error) {
      this.failed(error);
      return { username, valid: 'unknown' } as const;
    }
  }

  #remember(username: string, exists: boolean): void {
    this.#known.delete(username);
    this.#known.set(username, { exists, until: Date.now() + memory });
    const [oldest] = this.#known.keys();
    if (this.#known.size > remembered && oldest !== undefined) this.#known.delete(oldest);
  }
}
