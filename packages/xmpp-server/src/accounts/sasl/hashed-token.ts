/** HT-SHA-256-*: a login by a token in one round trip (draft-schmaus-kitten-sasl-ht), for FAST (XEP-0484). */
import { createHmac } from 'node:crypto';
import type { ChannelBindings } from '../../stream/transport.js';
import { saslFailure, type SaslExchange, type SaslOutcome } from './exchange.js';
import { sameSecret } from './scram-keys.js';

/** The channel binding of each mechanism; `undefined`: none. */
const bindingTypes: Readonly<Record<string, string | undefined>> = {
  'HT-SHA-256-EXPR': 'tls-exporter',
  'HT-SHA-256-ENDP': 'tls-server-end-point',
  'HT-SHA-256-NONE': undefined,
};

/** The mechanisms that a connection allows, strongest first. */
export function hashedTokenMechanisms(channel: {
  readonly confidential: boolean;
  readonly bindings: ChannelBindings;
}): readonly string[] {
  return Object.entries(bindingTypes)
    .filter(([, type]) => (type === undefined ? channel.confidential : channel.bindings.has(type)))
    .map(([mechanism]) => mechanism);
}

export interface TokenVerifier {
  /** Tokens that the client may mean; none if the account does not exist. */
  candidates(name: string): Promise<{ readonly username: string; readonly tokens: readonly string[] }>;
  /** A token was shown to be known to the client: what comes of it. */
  accept(username: string, token: string): Promise<'accepted' | 'expired' | 'refused'>;
}

export class HashedTokenExchange implements SaslExchange {
  constructor(
    private readonly mechanism: string,
    private readonly bindings: ChannelBindings,
    private readonly verifier: TokenVerifier,
  ) {}

  async next(message: Buffer | undefined): Promise<SaslOutcome> {
    const end = message?.indexOf(0) ?? -1;
    if (message === undefined || end < 1) return saslFailure('malformed-request');
    const { username, tokens } = await this.verifier.candidates(message.subarray(0, end).toString());
    const given = message.subarray(end + 1);
    const token = tokens.find((each) => sameSecret(this.#hash(each, 'Initiator'), given));
    if (token === undefined) return saslFailure('not-authorized', username);
    switch (await this.verifier.accept(username, token)) {
      case 'accepted':
        return { kind: 'success', username, data: this.#hash(token, 'Responder') };
      case 'expired':
        return saslFailure('credentials-expired', username);
      case 'refused':
        return saslFailure('not-authorized', username);
    }
  }

  #hash(token: string, role: 'Initiator' | 'Responder'): Buffer {
    const binding = this.bindings.get(bindingTypes[this.mechanism] ?? '') ?? Buffer.alloc(0);
    return createHmac('sha256', token).update(role).update(binding).digest();
  }
}
