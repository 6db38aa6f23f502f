/** People whom a token admits: they log in by ANONYMOUS, with the token in the address they connect to, as lib-jitsi-meet does. */
import { randomUUID } from 'node:crypto';
import type { AccountProvider, LoginContext } from '../account-provider.js';
import type { SaslExchange, SaslOutcome } from '../sasl/exchange.js';
import type { TokenOptions } from './options.js';
import { TokenVerifier } from './verifier.js';

export class TokenAccounts implements AccountProvider {
  readonly kind = 'token';
  readonly namesAreGiven = true;
  readonly #verifier: TokenVerifier;

  constructor(private readonly options: TokenOptions) {
    this.#verifier = new TokenVerifier(options);
  }

  mechanisms(): readonly string[] {
    return ['ANONYMOUS'];
  }

  exists(): Promise<boolean> {
    return Promise.resolve(false);
  }

  authenticate(mechanism: string, context: LoginContext): SaslExchange | undefined {
    return mechanism === 'ANONYMOUS' ? { next: () => this.#admit(context) } : undefined;
  }

  async #admit({ parameters: { token }, previousUsername }: LoginContext): Promise<SaslOutcome> {
    // Eight lower-case hex digits come first in a UUID: clients take their nickname in the conference from them.
    const username = previousUsername ?? randomUUID();
    if (token === undefined) {
      return this.options.allowEmpty
        ? { kind: 'success', username }
        : { kind: 'failure', condition: 'not-allowed', text: 'token required' };
    }
    const verdict = await this.#verifier.verify(token);
    return 'identity' in verdict
      ? { kind: 'success', username, identity: verdict.identity }
      : { kind: 'failure', condition: 'not-allowed', text: verdict.refusal };
  }
}
