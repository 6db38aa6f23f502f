/**
 * Judges JSON Web Tokens (RFC 7519, RFC 8725). Which kind of key is used follows from the algorithm alone, and each key serves its own
 * kind only: a public key is never taken for a secret.
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { claims, identityOf, type TokenIdentity } from './identity.js';
import { KeyServer } from './key-server.js';
import type { TokenOptions } from './options.js';

export type Verdict = { readonly identity: TokenIdentity } | { readonly refusal: string };

const symmetric = ['HS256', 'HS384', 'HS512'];
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

/** Milliseconds; a key that was withdrawn is not accepted for longer. */
const keySetLifetime = 600_000;

/** What is wrong, in words for the person who tries. */
class Refusal extends Error {}

export class TokenVerifier {
  readonly #options: TokenOptions;
  readonly #algorithms: string[];
  readonly #secret: Uint8Array | undefined;
  readonly #keySet: ReturnType<typeof createRemoteJWKSet> | undefined;
  readonly #keyServer: KeyServer | undefined;

  constructor(options: TokenOptions) {
    const { appSecret, keySetUrl, keyServerUrl } = options;
    this.#options = options;
    this.#secret = appSecret === undefined ? undefined : new TextEncoder().encode(appSecret);
    this.#keySet =
      keySetUrl === undefined
        ? undefined
        : createRemoteJWKSet(new URL(keySetUrl), { timeoutDuration: 5_000, cacheMaxAge: keySetLifetime });
    this.#keyServer = keyServerUrl === undefined ? undefined : new KeyServer(keyServerUrl);
    const possible = [
      ...(this.#secret === undefined ? [] : symmetric),
      ...(this.#keySet === undefined && this.#keyServer === undefined ? [] : asymmetric),
    ];
    this.#algorithms = possible.filter((each) => options.algorithms?.includes(each as never) ?? true);
  }

  async verify(token: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.#key(header), {
        algorithms: this.#algorithms,
        clockTolerance: this.#options.clockTolerance,
      });
      return this.#judge(payload);
    } catch (error) {
      return { refusal: reason(error) };
    }
  }

  async #key(header: JWTHeaderParameters) {
    if (symmetric.includes(header.alg)) {
      if (this.#secret !== undefined) return this.#secret;
      throw new Refusal('token is not signed as required');
    }
    if (header.kid === undefined) throw new Refusal('token names no key');
    if (this.#keySet !== undefined) {
      try {
        return await this.#keySet(header);
      } catch (error) {
        if (this.#keyServer === undefined) throw error;
      }
    }
    const key = await this.#keyServer?.find(header.kid);
    if (key === undefined) throw new Refusal('key of the token could not be found');
    return key;
  }

  #judge(payload: JWTPayload): Verdict {
    const { appId, issuers = [appId], audiences, requireRoom } = this.#options;
    const { iss, aud, sub } = payload;
    if (iss === undefined) return { refusal: "'iss' claim is missing" };
    if (!issuers.includes('*') && !issuers.includes(iss)) return { refusal: "'iss' claim is not accepted" };
    const meant = [aud ?? []].flat();
    if (meant.length === 0) return { refusal: "'aud' claim is missing" };
    if (!audiences.includes('*') && !meant.some((each) => audiences.includes(each))) {
      return { refusal: "'aud' claim is not accepted" };
    }
    if (sub === undefined) return { refusal: "'sub' claim is missing" };
    if (requireRoom && payload['room'] === undefined) return { refusal: "'room' claim is missing" };
    const parsed = claims.safeParse(payload);
    return parsed.success ? { identity: identityOf(parsed.data) } : { refusal: 'token is malformed' };
  }
}

function reason(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof errors.JWTExpired) return 'token expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' ? 'token is not valid yet' : `'${error.claim}' claim is not accepted`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token is not signed as required';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature of the token is wrong';
  if (error instanceof errors.JWKSNoMatchingKey) return 'key of the token could not be found';
  return 'token is malformed';
}
