/** EXTERNAL (RFC 4422 appendix A): TLS has found out who it is, and the client says at most which of its names it means (XEP-0178 s.2). */
import { tryParseJid, type Jid } from '@conclave/signaling';
import { saslChallenge, saslFailure, type SaslExchange, type SaslOutcome } from './exchange.js';

export const externalMechanism = 'EXTERNAL';

export class ExternalExchange implements SaslExchange {
  /** @param addresses that the client is certified to have here */
  constructor(
    private readonly addresses: readonly Jid[],
    private readonly exists: (username: string) => Promise<boolean>,
  ) {}

  async next(message: Buffer | undefined): Promise<SaslOutcome> {
    if (message === undefined) return saslChallenge('');
    const meant = message.length === 0 ? this.addresses : this.#named(message.toString());
    const username = meant[0]?.local;
    if (username === undefined || meant.length > 1) return saslFailure('invalid-authzid');
    return (await this.exists(username))
      ? { kind: 'success', username }
      : saslFailure('not-authorized', username);
  }

  #named(text: string): readonly Jid[] {
    const named = tryParseJid(text);
    return this.addresses.filter((address) => named?.equals(address) === true);
  }
}
