/** What a SASL mechanism is to the stream above it (RFC 4422): an exchange of messages that ends in success or failure. */

import type { TokenIdentity } from '../token/identity.js';

/** The failure conditions of RFC 6120 s.6.5 that this server uses. */
export type SaslFailureCondition =
  | 'aborted'
  | 'account-disabled'
  | 'credentials-expired'
  | 'encryption-required'
  | 'incorrect-encoding'
  | 'invalid-authzid'
  | 'invalid-mechanism'
  | 'malformed-request'
  /** Not one of RFC 6120: a token is good but does not allow this (lib-jitsi-meet shows the text beside it). */
  | 'not-allowed'
  | 'not-authorized'
  | 'temporary-auth-failure';

export type SaslOutcome =
  | { readonly kind: 'challenge'; readonly data: Buffer }
  /** `username` is the local part of the account, normalised. */
  | {
      readonly kind: 'success';
      readonly username: string;
      readonly data?: Buffer;
      /** What is known of whoever has logged in, beside the name. */
      readonly identity?: TokenIdentity;
    }
  | {
      readonly kind: 'failure';
      readonly condition: SaslFailureCondition;
      /** Whose account was tried, as far as that was said. */
      readonly username?: string;
      /** For the person who tries. */
      readonly text?: string;
    };

export interface SaslExchange {
  /** The client's next message; `undefined`: it sent `<auth/>` without an initial response (RFC 6120 s.6.4.2). */
  next(message: Buffer | undefined): SaslOutcome | Promise<SaslOutcome>;
}

export function saslFailure(condition: SaslFailureCondition, username?: string): SaslOutcome {
  return username === undefined ? { kind: 'failure', condition } : { kind: 'failure', condition, username };
}

export function saslChallenge(data: string | Buffer): SaslOutcome {
  return { kind: 'challenge', data: typeof data === 'string' ? Buffer.from(data) : data };
}
