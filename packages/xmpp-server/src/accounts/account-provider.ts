/** Where a virtual host's accounts come from: the one interface of all providers. */
import type { SaslExchange } from './sasl/exchange.js';

export interface LoginContext {
  /** Whether nobody on the way can read along: TLS, up to here or to a proxy that says so, or the same machine. */
  readonly confidential: boolean;
  /** A XEP-0198 session that the peer says it wants back, and whose user name it therefore may have. */
  readonly previousUsername: string | undefined;
}

export interface AccountProvider {
  readonly kind: 'internal_hashed' | 'anonymous';
  /** SASL mechanisms, strongest first; those that send a password as it is only where nobody can read along. */
  mechanisms(confidential: boolean): readonly string[];
  /** Begins an exchange by one of the mechanisms; undefined: no such mechanism here. */
  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined;
  /** @param username a local part, normalised */
  exists(username: string): Promise<boolean>;
}
