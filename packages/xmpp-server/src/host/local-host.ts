/** A host of this server: what its modules see (`Host`), and what the core asks of it. */
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import type { Jid } from '@conclave/signaling';
import type { AccountProvider } from '../accounts/account-provider.js';
import { CredentialChanges } from '../accounts/credential-changes.js';
import type { FastTokens } from '../accounts/fast-tokens.js';
import type { ClientSession } from '../session/client-session.js';
import { InternalHashedAccounts } from '../accounts/internal-hashed.js';
import type { AccountStore, Host, HostEvents, StanzaEvent } from './host.js';
import { BindFeatures } from './bind-features.js';
import { Hooks } from './hooks.js';
import { LocalDisco } from './local-disco.js';
import { LocalIqRegistry } from './local-iq.js';
import { PendingRequests, type RequestLimits } from './pending-requests.js';
import { StreamFeatures } from './stream-features.js';

export interface LocalHostOptions {
  readonly name: string;
  /** What clients log in with; a host without accounts is a component. */
  readonly accounts: AccountProvider | undefined;
  /** Default: its clients log in by what the accounts say alone. */
  readonly tokens?: FastTokens | undefined;
  /** The domains whose clients may send anything here. A domain that is not named may not. */
  readonly accessibleFrom: 'anyone' | readonly string[];
  /** Its clients are the service's own, and read as fast as they send. */
  readonly trusted: boolean;
  /** Default: it answers at its own name only. */
  readonly tenants?: boolean | undefined;
  readonly limits: RequestLimits;
  readonly log: Logger;
  readonly route: (stanza: Element) => void;
  readonly pass: (event: StanzaEvent) => void;
  readonly sessions: (account: Jid) => readonly ClientSession[];
}

export class LocalHost implements Host {
  readonly name: string;
  readonly kind: 'virtual' | 'component';
  readonly accounts: AccountProvider | undefined;
  readonly trusted: boolean;
  /** Whether it answers at the domains of tenants too. */
  readonly tenants: boolean;
  readonly hooks = new Hooks<HostEvents>();
  readonly iq = new LocalIqRegistry();
  readonly disco = new LocalDisco();
  readonly streamFeatures = new StreamFeatures();
  readonly loginFeatures = new StreamFeatures();
  readonly bindFeatures = new BindFeatures();
  /** The tokens its clients log in by the next time (XEP-0484). */
  readonly tokens: FastTokens | undefined;
  readonly credentialChanges = new CredentialChanges();
  readonly log: Logger;
  readonly requests: PendingRequests;
  readonly #accessibleFrom: 'anyone' | ReadonlySet<string>;
  readonly #options: LocalHostOptions;

  constructor(options: LocalHostOptions) {
    this.name = options.name;
    this.accounts = options.accounts;
    this.kind = options.accounts === undefined ? 'component' : 'virtual';
    this.trusted = options.trusted;
    this.tenants = options.tenants === true;
    this.tokens = options.tokens;
    this.log = options.log.child({ host: options.name });
    this.#accessibleFrom = options.accessibleFrom === 'anyone' ? 'anyone' : new Set(options.accessibleFrom);
    this.#options = options;
    this.requests = new PendingRequests({
      limits: options.limits,
      send: options.route,
    });
  }

  /** Whether clients of a domain may send anything here. */
  admits(domain: string): boolean {
    return this.#accessibleFrom === 'anyone' || this.#accessibleFrom.has(domain);
  }

  route(stanza: Element): void {
    this.#options.route(stanza);
  }

  pass(event: StanzaEvent): void {
    this.#options.pass(event);
  }

  sessions(account: Jid): readonly ClientSession[] {
    return this.#options.sessions(account);
  }

  get accountStore(): AccountStore | undefined {
    return this.accounts instanceof InternalHashedAccounts ? this.accounts : undefined;
  }

  accountExists(username: string): Promise<boolean> {
    return this.accounts?.exists(username) ?? Promise.resolve(false);
  }

  request(iq: Element): Promise<Element> {
    return this.requests.request(iq);
  }
}
