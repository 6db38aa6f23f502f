/**
 * Invitations: tokens by which somebody sets the password of an account, once. Of a token only its hash is kept: who reads the
 * database cannot use it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { makeJid } from '@conclave/signaling';
import { AccountError } from '../../accounts/account-error.js';
import type { AccountStore, Host } from '../../host/host.js';
import { InTurn } from '../../storage/in-turn.js';
import type { HostStorage, KeyvalStore } from '../../storage/storage.js';

const stored = z.object({
  kind: z.enum(['account', 'reset']),
  username: z.string().optional(),
  /** ISO 8601. */
  expires: z.string(),
});

export interface Invitation {
  /** `account`: to make one; `reset`: to set the password of one that is there. */
  readonly kind: 'account' | 'reset';
  /** Undefined: whoever is invited chooses. Of a `reset` it is always there. */
  readonly username?: string | undefined;
  /** ISO 8601. */
  readonly expires: string;
}

export interface InvitationRequest {
  readonly kind: 'account' | 'reset';
  readonly username?: string | undefined;
  /** Seconds. */
  readonly lifetime: number;
}

/** The token is none, or no longer. */
export class InvalidInvitation extends Error {
  override readonly name = 'InvalidInvitation';
}

export class Invitations {
  readonly #store: KeyvalStore<z.infer<typeof stored>>;
  readonly #inTurn = new InTurn();

  /** @param now milliseconds of the epoch */
  constructor(
    private readonly host: Host,
    private readonly accounts: AccountStore,
    storage: HostStorage,
    private readonly now: () => number = Date.now,
  ) {
    this.#store = storage.keyval('invitations', stored);
  }

  /** @returns the token, which nobody can ask for again. Throws an AccountError (`bad-username`, `conflict`, `unknown-account`). */
  async create({ kind, username, lifetime }: InvitationRequest): Promise<Invitation & { token: string }> {
    await this.#forgetExpired();
    if (username !== undefined) {
      const exists = await this.accounts.exists(username);
      if (kind === 'account' && exists) throw new AccountError('conflict', `${username} exists already`);
      if (kind === 'reset' && !exists)
        throw new AccountError('unknown-account', `${username} does not exist`);
    } else if (kind === 'reset') throw new AccountError('bad-username', 'whose password?');
    const token = randomBytes(24).toString('base64url');
    const invitation = {
      kind,
      ...(username === undefined ? {} : { username: makeJid(username, this.host.name).local ?? username }),
      expires: new Date(this.now() + lifetime * 1000).toISOString(),
    };
    await this.#store.set(keyOf(token), invitation);
    return { ...invitation, token };
  }

  /** What a token is good for; undefined: nothing (any more). Looking does not use it up. */
  async look(token: string): Promise<Invitation | undefined> {
    const invitation = await this.#store.get(keyOf(token));
    return invitation === undefined || Date.parse(invitation.expires) <= this.now() ? undefined : invitation;
  }

  /**
   * Makes the account, or sets its password, and uses the token up; when that fails, the token stays good.
   * @param chosen the name; needed when the invitation leaves it open, and no other than the one it names
   * @returns the user name. Throws an InvalidInvitation, or an AccountError.
   */
  redeem(token: string, chosen: string | undefined, password: string): Promise<string> {
    return this.#inTurn.run(keyOf(token), async () => {
      const invitation = await this.look(token);
      if (invitation === undefined) throw new InvalidInvitation('there is no such invitation');
      const { kind, username } = invitation;
      const name = username ?? chosen;
      if (name === undefined || (chosen !== undefined && chosen.toLowerCase() !== name.toLowerCase())) {
        throw new AccountError('bad-username', 'the invitation is for another name');
      }
      if (kind === 'reset') await this.accounts.setPassword(name, password);
      else {
        // A name that an administrator has chosen is one that may be had.
        const refused =
          username === undefined && (await this.host.hooks.emit('name-wanted', { username: name }));
        if (refused) throw new AccountError('conflict', `${name} cannot be had`);
        await this.accounts.register(name, password);
      }
      await this.#store.remove(keyOf(token));
      return name;
    });
  }

  /** An account is gone: whoever takes its name next must not be reached by what was made for it. */
  forget(username: string): Promise<void> {
    return this.#removeThose((invitation) => invitation.username === username);
  }

  #forgetExpired(): Promise<void> {
    return this.#removeThose(({ expires }) => Date.parse(expires) <= this.now());
  }

  async #removeThose(which: (invitation: Invitation) => boolean): Promise<void> {
    for (const key of await this.#store.users()) {
      const invitation = await this.#store.get(key);
      if (invitation !== undefined && which(invitation)) await this.#store.remove(key);
    }
  }
}

/** A token has 192 random bits, so its hash needs neither salt nor time. */
function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
