/** Where a virtual host's accounts come from: the one interface of all providers. */
import type { Jid } from '@conclave/signaling';
import type { ConnectionParameters } from '../stream/connection-parameters.js';
import type { ChannelBindings } from '../stream/transport.js';
import type { SaslExchange } from './sasl/exchange.js';

/** The connection that somebody logs in over, as far as it matters to that. */
export interface LoginChannel {
  /** Whether nobody on the way can read along: TLS, up to here or to a proxy that says so, or the same machine. */
  readonly confidential: boolean;
  readonly bindings: ChannelBindings;
}

export interface CertifiedChannel extends LoginChannel {
  /** Addresses that are the peer's by a certificate of an authority that is trusted with that. */
  readonly certified: readonly Jid[];
}

export interface LoginContext extends CertifiedChannel {
  /** What a web client said as it connected. */
  readonly parameters: ConnectionParameters;
  /** A XEP-0198 session that the peer says it wants back, and whose user name it therefore may have. */
  readonly previousUsername: string | undefined;
  /** The mechanisms that the stream has offered. */
  readonly offered: readonly string[];
}

export interface AccountProvider {
  readonly kind: 'internal_hashed' | 'anonymous' | 'token' | 'ldap' | 'http';
  /** Whether names and resources are the server's choice, and last no longer than the session: there are no accounts behind them. */
  readonly namesAreGiven: boolean;
  /** SASL mechanisms, strongest first; those that send a password as it is only where nobody can read along. */
  mechanisms(channel: LoginChannel): readonly string[];
  /** Begins an exchange by one of the mechanisms; undefined: no such mechanism here. */
  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined;
  /** @param username a local part, normalised */
  exists(username: string): Promise<boolean>;
  /** Since when nobody may log in to an account that is there; undefined: one may. Absent: there is no such thing here. */
  disabled?(username: string): { readonly since: string } | undefined;
}
