/**
 * Invitations: tokens by which somebody sets the password of an account, or becomes a contact, once. Of a token only its hash is
 * kept: who reads the database cannot use it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { makeJid } from '@conclave/signaling';
import { AccountError } from '../../accounts/account-error.js';
import type { AccountStore, Host } from '../../host/host.js';
import { InTurn } from '../../storage/in-turn.js';
import type { HostStorage, KeyvalStore } from '../../storage/storage.js';

const kinds = ['account', 'reset', 'contact'] as const;

const stored = z.object({
  kind: z.enum(kinds),
  username: z.string().optional(),
  inviter: z.string().optional(),
  /** Of a `contact`. */
  mayRegister: z.boolean().default(false),
  /** ISO 8601. */
  expires: z.string(),
});

export interface Invitation {
  /** `account`: to make one; `reset`: to set the password of one that is there; `contact`: to be in somebody's roster. */
  readonly kind: (typeof kinds)[number];
  /** Undefined: whoever is invited chooses. Of a `reset` it is always there, of a `contact` never. */
  readonly username?: string | undefined;
  /** Whose contact the invited will be (a local part); of a `contact` always, of an `account` perhaps. */
  readonly inviter?: string | undefined;
  /** Whether one who has no account may make one: always by an `account`, never by a `reset`. */
  readonly mayRegister: boolean;
  /** ISO 8601. */
  readonly expires: string;
}

export interface InvitationRequest extends Pick<Invitation, 'kind' | 'username' | 'inviter'> {
  readonly mayRegister?: boolean | undefined;
  /** Seconds. */
  readonly lifetime: number;
}

/** An invitation as an administrator sees it. */
export interface OpenInvitation extends Invitation {
  /** By which it can be revoked, and not be used. */
  readonly id: string;
}

/** Invitations of one person that are open at a time. */
const maxOfOne = 50;
/** Characters of an id. */
const idLength = 16;

/** Somebody who was invited has an account now. */
interface InvitationAccepted {
  readonly username: string;
  readonly invitation: Invitation;
}

declare module '../../host/host.js' {
  interface HostEvents {
    'invitation-accepted': { payload: InvitationAccepted; result: never };
  }
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

  /**
   * @returns the token, which nobody can ask for again. Throws an AccountError (`bad-username`, `conflict`, `unknown-account`;
   *   `too-many` of one inviter).
   */
  async create(request: InvitationRequest): Promise<Invitation & { token: string }> {
    const { kind, username, inviter, lifetime } = request;
    await this.#removeThose(({ expires }) => Date.parse(expires) <= this.now());
    await this.#check(request);
    const token = randomBytes(24).toString('base64url');
    const invitation = {
      kind,
      ...(username === undefined ? {} : { username: this.#local(username) }),
      ...(inviter === undefined ? {} : { inviter: this.#local(inviter) }),
      mayRegister: kind === 'account' || (kind === 'contact' && request.mayRegister === true),
      expires: new Date(this.now() + lifetime * 1000).toISOString(),
    };
    await this.#store.set(keyOf(token), invitation);
    return { ...invitation, token };
  }

  /** What a token is good for; undefined: nothing (any more). Looking does not use it up. */
  async look(token: string): Promise<Invitation | undefined> {
    const found = await this.#store.get(keyOf(token));
    if (found === undefined || Date.parse(found.expires) <= this.now()) return undefined;
    return { ...found, mayRegister: found.kind === 'account' || found.mayRegister };
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
      const { kind, username, mayRegister } = invitation;
      if (kind !== 'reset' && !mayRegister) throw new InvalidInvitation('it makes no account');
      const name = username ?? chosen;
      if (name === undefined || (chosen !== undefined && chosen.toLowerCase() !== name.toLowerCase())) {
        throw new AccountError('bad-username', 'the invitation is for another name');
      }
      if (kind === 'reset') await this.accounts.setPassword(name, password);
      else await this.#register(name, password, username === undefined);
      await this.#store.remove(keyOf(token));
      if (kind !== 'reset') {
        this.host.hooks.emit('invitation-accepted', { username: this.#local(name), invitation });
      }
      return name;
    });
  }

  /** Uses an invitation of a contact up, if the token is one of the inviter's. @returns whether it was */
  take(token: string, inviter: string): Promise<boolean> {
    return this.#inTurn.run(keyOf(token), async () => {
      const invitation = await this.look(token);
      if (invitation?.kind !== 'contact' || invitation.inviter !== inviter) return false;
      return this.#store.remove(keyOf(token));
    });
  }

  /** Those that are open, the one that ends first before the others. */
  async list(): Promise<readonly OpenInvitation[]> {
    const open: OpenInvitation[] = [];
    for (const key of await this.#store.users()) {
      const found = await this.#store.get(key);
      if (found === undefined || Date.parse(found.expires) <= this.now()) continue;
      open.push({ ...found, id: key.slice(0, idLength) });
    }
    return open.sort((a, b) => (a.expires < b.expires ? -1 : 1));
  }

  /** @returns whether there was one of this id */
  async revoke(id: string): Promise<boolean> {
    if (id.length !== idLength) return false;
    const key = (await this.#store.users()).find((each) => each.startsWith(id));
    return key !== undefined && this.#inTurn.run(key, () => this.#store.remove(key));
  }

  /** An account is gone: whoever takes its name next must not be reached by what was made for it, or by it. */
  forget(username: string): Promise<void> {
    return this.#removeThose((each) => each.username === username || each.inviter === username);
  }

  async #check({ kind, username, inviter }: InvitationRequest): Promise<void> {
    if (kind === 'reset' && username === undefined) throw new AccountError('bad-username', 'whose password?');
    if (kind === 'contact' && (inviter === undefined || username !== undefined)) {
      throw new AccountError('bad-username', 'whose contact?');
    }
    for (const [name, isThere] of [
      [username, kind === 'reset'],
      [inviter, true],
    ] as const) {
      if (name === undefined || (await this.accounts.exists(name)) === isThere) continue;
      if (isThere) throw new AccountError('unknown-account', `${name} does not exist`);
      throw new AccountError('conflict', `${name} exists already`);
    }
    if (inviter === undefined) return;
    const own = (await this.list()).filter((each) => each.inviter === this.#local(inviter));
    if (own.length >= maxOfOne) throw new AccountError('too-many', `${inviter} has invited enough`);
  }

  async #register(name: string, password: string, isChosen: boolean): Promise<void> {
    // A name that an administrator has chosen is one that may be had.
    const refused = isChosen && (await this.host.hooks.emit('name-wanted', { username: name }));
    if (refused) throw new AccountError('conflict', `${name} cannot be had`);
    await this.accounts.register(name, password);
  }

  #local(name: string): string {
    return makeJid(name, this.host.name).local ?? name;
  }

  async #removeThose(which: (invitation: z.infer<typeof stored>) => boolean): Promise<void> {
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
