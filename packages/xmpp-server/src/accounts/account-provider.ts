/** Where a virtual host's accounts come from: the one interface of all providers. */
import type { SaslExchange } from './sasl/exchange.js';

export interface LoginContext {
  /** A XEP-0198 session that the peer says it wants back, and whose user name it therefore may have. */
  readonly previousUsername: string | undefined;
}

export interface AccountProvider {
  readonly kind: 'internal_hashed' | 'anonymous';
  /** SASL mechanisms, strongest first; all are for protected streams only. */
  readonly mechanisms: readonly string[];
  /** Begins an exchange; undefined: no such mechanism here. */
  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined;
  /** @param username a local part, normalised */
  exists(username: string): Promise<boolean>;
}
