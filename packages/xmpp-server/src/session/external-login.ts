/** A login by the certificate that a client has shown in TLS (XEP-0178 s.2), on any host that keeps accounts. */
import type { Jid } from '@conclave/signaling';
import type { CertifiedChannel } from '../accounts/account-provider.js';
import type { SaslExchange } from '../accounts/sasl/exchange.js';
import { ExternalExchange, externalMechanism } from '../accounts/sasl/external.js';
import type { LocalHost } from '../host/local-host.js';
import type { Authenticator } from './sasl-negotiation.js';

export class ExternalLogin implements Authenticator {
  constructor(private readonly host: LocalHost) {}

  /** Offered to whom it would help (RFC 6120 s.6.3.4). */
  mechanisms(channel: CertifiedChannel): readonly string[] {
    return this.#addresses(channel).length > 0 ? [externalMechanism] : [];
  }

  authenticate(mechanism: string, channel: CertifiedChannel): SaslExchange | undefined {
    if (mechanism !== externalMechanism) return undefined;
    return new ExternalExchange(this.#addresses(channel), (name) => this.host.accountExists(name));
  }

  #addresses({ certified }: CertifiedChannel): readonly Jid[] {
    const { accounts, name } = this.host;
    if (certified.length === 0 || accounts === undefined || accounts.namesAreGiven) return [];
    return certified.filter(({ domain }) => domain === name);
  }
}

/** What a host offers to log in by in either form of SASL, strongest first. */
export function offeredMechanisms(host: LocalHost, channel: CertifiedChannel): readonly string[] {
  return [...new ExternalLogin(host).mechanisms(channel), ...(host.accounts?.mechanisms(channel) ?? [])];
}
