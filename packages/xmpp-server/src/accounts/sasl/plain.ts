/** PLAIN (RFC 4616); offered on protected streams only. */
import { saslChallenge, saslFailure, type SaslExchange, type SaslOutcome } from './exchange.js';

export interface PlainVerifier {
  /**
   * Takes as long for an account that does not exist.
   * @returns the account's local part, and whether the password is its own; `unknown`: that cannot be found out now
   */
  verify(
    name: string,
    password: string,
  ): Promise<{ readonly username: string; readonly valid: boolean | 'unknown' }>;
  /** Whether `authzid` is the address of the account `name`. */
  isSelf(authzid: string, name: string): boolean;
}

export class PlainExchange implements SaslExchange {
  constructor(private readonly verifier: PlainVerifier) {}

  async next(message: Buffer | undefined): Promise<SaslOutcome> {
    if (message === undefined) return saslChallenge('');
    const [authzid, name, password, ...more] = message.toString().split('\0');
    if (authzid === undefined || !name || !password || more.length > 0)
      return saslFailure('malformed-request');
    if (authzid !== '' && !this.verifier.isSelf(authzid, name)) return saslFailure('invalid-authzid');
    const { username, valid } = await this.verifier.verify(name, password);
    if (valid === 'unknown') return saslFailure('temporary-auth-failure');
    return valid ? { kind: 'success', username } : saslFailure('not-authorized', username);
  }
}
