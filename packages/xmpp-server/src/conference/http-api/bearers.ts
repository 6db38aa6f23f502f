/**
 * Who may use the operators' HTTP API: whoever bears the token that is configured, or one that is signed with a key of the operator's own key
 * server (Jitsi's system tokens). The tokens of people who log in are signed with others, and do not count.
 */
import { z } from 'zod';
import { tokenOptions } from '../../accounts/token/options.js';
import { TokenVerifier } from '../../accounts/token/verifier.js';
import { equalSecrets } from '../../muc/concerns/password.js';

export const bearerOptions = {
  token: z
    .string()
    .regex(/^[!-~]{16,1024}$/, 'must be 16 printable ASCII characters at least, without spaces')
    .optional(),
  signed: z
    .strictObject({
      keyServerUrl: z.url({ protocol: /^https?$/ }),
      issuers: z.array(z.string().min(1)).min(1),
      audiences: z.array(z.string().min(1)).min(1).default(['*']),
    })
    .optional(),
};

type BearerOptions = z.output<z.ZodObject<typeof bearerOptions>>;

const longest = 16_384;

export class Bearers {
  readonly #token: string | undefined;
  readonly #verifier: TokenVerifier | undefined;

  constructor({ token, signed }: BearerOptions) {
    this.#token = token;
    this.#verifier =
      signed &&
      new TokenVerifier(
        tokenOptions.parse({ appId: 'operator', ...signed, requireRoom: false, algorithms: ['RS256'] }),
      );
  }

  /** @param header `Authorization`, as it came */
  async admit(header: string | undefined): Promise<boolean> {
    const [, token] = /^Bearer +(\S+)$/i.exec(header?.slice(0, longest) ?? '') ?? [];
    if (token === undefined) return false;
    if (this.#token !== undefined && equalSecrets(token, this.#token)) return true;
    const verdict = await this.#verifier?.verify(token);
    return verdict !== undefined && 'identity' in verdict;
  }
}
