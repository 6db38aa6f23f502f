/** A login by SASL2 that may show a token, or ask for one (FAST, XEP-0484). */
import type { FastTokens, IssuedToken, TokenUse } from '../accounts/fast-tokens.js';
import type { LoginChannel } from '../accounts/account-provider.js';
import type { SaslExchange } from '../accounts/sasl/exchange.js';
import { HashedTokenExchange, hashedTokenMechanisms } from '../accounts/sasl/hashed-token.js';
import type { LoginRequest } from './login-request.js';
import type { Authenticator } from './sasl-negotiation.js';

export class FastLogin implements Authenticator {
  /** The token that was shown, and by which mechanism. */
  #used: { readonly token: string; readonly mechanism: string } | undefined;

  constructor(
    private readonly tokens: FastTokens,
    private readonly request: LoginRequest,
  ) {}

  /** None to a client that does not say which it is, or does not say that it means a token. */
  mechanisms(channel: LoginChannel): readonly string[] {
    const { client, fast } = this.request;
    return client === undefined || fast === undefined ? [] : hashedTokenMechanisms(channel);
  }

  authenticate(mechanism: string, { bindings }: LoginChannel): SaslExchange | undefined {
    const { client, fast } = this.request;
    if (client === undefined || fast === undefined) return undefined;
    const use: TokenUse = { ...fast, client, mechanism };
    return new HashedTokenExchange(mechanism, bindings, {
      candidates: (name) => this.tokens.candidates(name, use),
      accept: async (username, token) => {
        const result = await this.tokens.accept(username, token, use);
        if (result === 'accepted') this.#used = { token, mechanism };
        return result;
      },
    });
  }

  /** The token for the next time, for who asked for one or whose token is getting old. */
  async issue(
    username: string,
    channel: LoginChannel,
    isCurrent: () => boolean,
  ): Promise<IssuedToken | undefined> {
    const { client, fast, tokenFor } = this.request;
    const used = this.#used;
    const inUse = used?.token;
    if (client === undefined) return undefined;
    if (tokenFor !== undefined && hashedTokenMechanisms(channel).includes(tokenFor)) {
      return this.tokens.issue(username, { client, mechanism: tokenFor, inUse, isCurrent });
    }
    if (used === undefined || fast?.invalidate === true) return undefined;
    if (!(await this.tokens.isDue(username, used.token))) return undefined;
    return this.tokens.issue(username, { client, mechanism: used.mechanism, inUse, isCurrent });
  }
}
