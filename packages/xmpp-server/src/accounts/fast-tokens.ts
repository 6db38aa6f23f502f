/**
 * Tokens in place of passwords (FAST, XEP-0484): a client that has logged in gets one for the next time. It belongs to that client and
 * one mechanism, is renewed when half of its life is over, and dies with the password it was got by.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { tryParseJid } from '@conclave/signaling';
import { InTurn } from '../storage/in-turn.js';
import type { HostStorage, KeyvalStore } from '../storage/storage.js';

const storedToken = z.object({
  /** Whom it was given to: the hash of the client's id (XEP-0388 s.2.3.1). */
  client: z.string(),
  mechanism: z.string(),
  token: z.string(),
  /** Milliseconds of the epoch. */
  expires: z.number(),
  /** The highest count that came with it (s.3.3). */
  count: z.number(),
});
type StoredToken = z.infer<typeof storedToken>;

/** Clients of an account that are remembered; beyond, the tokens that end soonest go. */
const tokensPerAccount = 32;

export interface IssuedToken {
  readonly token: string;
  readonly expires: Date;
}

export interface TokenRequest {
  readonly client: string;
  readonly mechanism: string;
  /** The token that the client has logged in by, if it was one. */
  readonly inUse: string | undefined;
  /** Whether what the client has logged in by is still good. */
  readonly isCurrent: () => boolean;
}

/** A use of a token: by which client, and what it asks to be done with it. */
export interface TokenUse {
  readonly client: string;
  readonly mechanism: string;
  readonly count: number | undefined;
  readonly invalidate: boolean;
}

export class FastTokens {
  readonly #store: KeyvalStore<StoredToken[]>;
  readonly #inTurn = new InTurn();

  /** @param lifetime of a token that is issued now, in milliseconds */
  constructor(
    storage: HostStorage,
    private readonly host: string,
    private readonly lifetime: () => number,
    private readonly now: () => number = Date.now,
  ) {
    this.#store = storage.keyval('fast_tokens', z.array(storedToken));
  }

  /**
   * A new token. The one in use stays good until the new one is used; one that was never used goes. Undefined: what the client has
   * logged in by is no longer good.
   */
  issue(
    username: string,
    { client, mechanism, inUse, isCurrent }: TokenRequest,
  ): Promise<IssuedToken | undefined> {
    return this.#change(username, (tokens) => {
      // In turn with `revoke`: a token is issued before the others are revoked, or not at all.
      if (!isCurrent()) return { tokens, result: undefined };
      const expires = this.now() + this.lifetime();
      const token = randomBytes(32).toString('base64url');
      const kept = tokens.filter((each) => each.client !== client || each.token === inUse);
      return {
        tokens: [...kept, { client, mechanism, token, expires, count: 0 }],
        result: { token, expires: new Date(expires) },
      };
    });
  }

  async candidates(
    name: string,
    { client, mechanism }: TokenUse,
  ): Promise<{ username: string; tokens: string[] }> {
    const username = tryParseJid(`${name}@${this.host}`)?.local ?? name;
    const tokens = (await this.#store.get(username)) ?? [];
    return {
      username,
      tokens: tokens
        .filter((each) => each.client === client && each.mechanism === mechanism)
        .map(({ token }) => token),
    };
  }

  /** A client has shown that it knows the token. Tokens that it got before are of no use any more. */
  accept(username: string, token: string, use: TokenUse): Promise<'accepted' | 'expired' | 'refused'> {
    return this.#change(username, (tokens) => {
      const used = tokens.find((each) => each.token === token && each.client === use.client);
      if (used === undefined) return { tokens, result: 'refused' };
      if (used.expires <= this.now()) {
        return { tokens: tokens.filter((each) => each !== used), result: 'expired' };
      }
      if (use.count !== undefined && use.count <= used.count) return { tokens, result: 'refused' };
      const others = tokens.filter(
        (each) => each !== used && (each.client !== use.client || each.expires > used.expires),
      );
      const counted = { ...used, count: use.count ?? used.count };
      return { tokens: use.invalidate ? others : [...others, counted], result: 'accepted' };
    });
  }

  /** Whether a token in use is to be replaced by now. */
  async isDue(username: string, token: string): Promise<boolean> {
    const tokens = (await this.#store.get(username)) ?? [];
    const used = tokens.find((each) => each.token === token);
    return used !== undefined && used.expires - this.now() < this.lifetime() / 2;
  }

  /** Forgets all tokens of an account. */
  async revoke(username: string): Promise<void> {
    await this.#inTurn.run(username, () => this.#store.remove(username));
  }

  #change<T>(
    username: string,
    change: (tokens: StoredToken[]) => { tokens: StoredToken[]; result: T },
  ): Promise<T> {
    return this.#inTurn.run(username, async () => {
      const before = (await this.#store.get(username)) ?? [];
      const { tokens, result } = change(before);
      if (tokens !== before) {
        const alive = tokens.toSorted((a, b) => a.expires - b.expires).slice(-tokensPerAccount);
        await this.#store.set(username, alive);
      }
      return result;
    });
  }
}
