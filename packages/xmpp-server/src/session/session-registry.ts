/** The bound sessions of the server, by address and by the id that resumes them (XEP-0198). */
import { z } from 'zod';
import type { Jid } from '@conclave/signaling';
import type { Session } from './session.js';

/** How far an ended session had come, for the client that asks for it too late. */
const epitaph = z.object({ account: z.string(), handled: z.number() });
type Epitaph = z.output<typeof epitaph>;

/** By the id that would have resumed it. */
export const epitaphsSchema = z.record(z.string(), epitaph);

const epitaphs = 1_000;

export class SessionRegistry {
  readonly #accounts = new Map<string, Map<string, Session>>();
  readonly #resumable = new Map<string, Session>();
  readonly #ended = new Map<string, Epitaph>();

  add(session: Session): void {
    const account = session.jid.bare.toString();
    const sessions = this.#accounts.get(account) ?? new Map<string, Session>();
    sessions.set(session.jid.resource ?? '', session);
    this.#accounts.set(account, sessions);
  }

  remove(session: Session): void {
    const account = session.jid.bare.toString();
    const sessions = this.#accounts.get(account);
    const resource = session.jid.resource ?? '';
    if (sessions?.get(resource) === session) sessions.delete(resource);
    if (sessions?.size === 0) this.#accounts.delete(account);
    const id = session.resumptionId;
    if (id === undefined) return;
    this.#resumable.delete(id);
    this.#ended.set(id, { account, handled: session.handled });
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= epitaphs) break;
      this.#ended.delete(oldest);
    }
  }

  find(jid: Jid): Session | undefined {
    return this.#accounts.get(jid.bare.toString())?.get(jid.resource ?? '');
  }

  /** All sessions of an account, also those that hibernate. */
  ofAccount(account: Jid): readonly Session[] {
    return [...(this.#accounts.get(account.bare.toString())?.values() ?? [])];
  }

  all(): readonly Session[] {
    return [...this.#accounts.values()].flatMap((sessions) => [...sessions.values()]);
  }

  makeResumable(id: string, session: Session): void {
    this.#resumable.set(id, session);
  }

  /** The session that an id resumes, if it belongs to the account. */
  resumable(id: string, account: Jid): Session | undefined {
    const session = this.#resumable.get(id);
    return session?.jid.bare.equals(account.bare) === true ? session : undefined;
  }

  /** Whose session an id resumes: to whoever knows the id, which is a secret. */
  ownerOf(id: string): Session | undefined {
    return this.#resumable.get(id);
  }

  /** Of the sessions that ended of late, so that clients that come back after a restart learn how far they had come. */
  get ended(): z.output<typeof epitaphsSchema> {
    return Object.fromEntries(this.#ended);
  }

  /** Takes up what was known of sessions before a restart. */
  recall(ended: z.output<typeof epitaphsSchema>): void {
    for (const [id, each] of Object.entries(ended)) this.#ended.set(id, each);
  }

  /** How many stanzas a session that ended had handled. */
  handledBeforeEnd(id: string, account: Jid): number | undefined {
    const epitaph = this.#ended.get(id);
    return epitaph?.account === account.bare.toString() ? epitaph.handled : undefined;
  }
}
