/** Where a virtual host's accounts come from: the one interface of all providers. */
import type { Jid } from '@conclave/signaling';
import type { ConnectionParameters } from '../stream/connection-parameters.js';
import type { ChannelBindings } from '../stream/transport.js';
import type { SaslExchange } from './sasl/exchange.js';
import type { ScramHash } from './sasl/scram-keys.js';

/** What an account that a client says it comes for can log in by, or would if it existed. */
export interface LoginClaim {
  /** The weakest first. */
  readonly hashes: readonly ScramHash[];
}

/** The connection that somebody logs in over, as far as it matters to that. */
export interface LoginChannel {
  /** Whether nobody on the way can read along: TLS, up to here or to a proxy that says so, or the same machine. */
  readonly confidential: boolean;
  readonly bindings: ChannelBindings;
  /** Absent: the client has not said whom it comes as, or it makes no difference. */
  readonly claim?: LoginClaim | undefined;
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
  /**
   * What is known beforehand of an account that a client says it comes for; undefined, and absent: that makes no difference to what is offered.
   * The answer does not tell whether there is such an account. @param username a local part, normalised
   */
  claim?(username: string): Promise<LoginClaim> | undefined;
  /** Begins an exchange by one of the mechanisms; undefined: no such mechanism here. */
  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined;
  /** @param username a local part, normalised */
  exists(username: string): Promise<boolean>;
  /** Since when nobody may log in to an account that is there; undefined: one may. Absent: there is no such thing here. */
  disabled?(username: string): { readonly since: string } | undefined;
}
