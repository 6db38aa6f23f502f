/**
 * Authentication sessions of the secure domain: what a login leaves behind, so that the same browser is recognised on
 * another stream (an anonymous one, for instance). A session belongs to one machine (`machine-uid`) and is bound to one full
 * JID at a time. All memory it can take is capped, and time is passed in.
 */

export interface AuthSession {
  /** The secret that the client carries as `session-id`. */
  readonly id: string;
  readonly machineUid: string;
  /** Bare JID of the account that logged in. */
  readonly identity: string;
  /** Room for which the session was opened. */
  readonly room: string;
  /** Full JID that used it last. */
  readonly boundTo: string;
  /** Milliseconds since the epoch. */
  readonly lastUsed: number;
}

export interface SessionLimits {
  /** A session unused for longer than this is forgotten. */
  readonly lifetimeMs: number;
  /** An identity beyond this number loses its longest unused session. */
  readonly maxPerIdentity: number;
  /** Beyond this number nobody gets a new session. */
  readonly maxTotal: number;
}

export class SessionTable {
  readonly #limits: SessionLimits;
  readonly #newId: () => string;
  readonly #byId = new Map<string, AuthSession>();
  readonly #byFullJid = new Map<string, string>();
  readonly #byIdentity = new Map<string, Set<string>>();

  constructor(limits: SessionLimits, newId: () => string) {
    this.#limits = limits;
    this.#newId = newId;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Opens a session bound to `fullJid`; `undefined` when the table is full. */
  open(
    login: { machineUid: string; identity: string; room: string; fullJid: string },
    now: number,
  ): AuthSession | undefined {
    const { machineUid, identity, room, fullJid } = login;
    const own = this.#byIdentity.get(identity) ?? new Set<string>();
    if (own.size >= this.#limits.maxPerIdentity) {
      const [longestUnused] = [...own]
        .map((id) => this.#byId.get(id))
        .filter((session) => session !== undefined)
        .sort((a, b) => a.lastUsed - b.lastUsed);
      if (longestUnused) this.close(longestUnused.id);
    }
    if (this.#byId.size >= this.#limits.maxTotal) this.sweep(now);
    if (this.#byId.size >= this.#limits.maxTotal) return undefined;

    const session: AuthSession = {
      id: this.#newId(),
      machineUid,
      identity,
      room,
      boundTo: fullJid,
      lastUsed: now,
    };
    own.add(session.id);
    this.#byIdentity.set(identity, own);
    this.#bind(session);
    return session;
  }

  /** The session of that id, unless it has been idle for too long. */
  find(id: string, now: number): AuthSession | undefined {
    const session = this.#byId.get(id);
    if (session && this.#expired(session, now)) {
      this.close(id);
      return undefined;
    }
    return session;
  }

  /** Notes that `fullJid` uses the session now: it is bound there and nowhere else, and its idle time starts anew. */
  use(session: AuthSession, fullJid: string, now: number): AuthSession {
    this.#unbind(session);
    const used = { ...session, boundTo: fullJid, lastUsed: now };
    this.#bind(used);
    return used;
  }

  /** The session that is bound to exactly this full JID. */
  boundTo(fullJid: string, now: number): AuthSession | undefined {
    const id = this.#byFullJid.get(fullJid);
    return id === undefined ? undefined : this.find(id, now);
  }

  /** Forgets a session; says whether it existed. */
  close(id: string): boolean {
    const session = this.#byId.get(id);
    if (!session) return false;
    this.#unbind(session);
    this.#byId.delete(id);
    const own = this.#byIdentity.get(session.identity);
    own?.delete(id);
    if (own?.size === 0) this.#byIdentity.delete(session.identity);
    return true;
  }

  /** Forgets the sessions that were opened for a room (when sessions do not outlive their conference). */
  closeOpenedFor(room: string): void {
    for (const session of this.#byId.values()) if (session.room === room) this.close(session.id);
  }

  /** Forgets what has been idle for too long. */
  sweep(now: number): void {
    for (const session of this.#byId.values()) if (this.#expired(session, now)) this.close(session.id);
  }

  #expired(session: AuthSession, now: number): boolean {
    return now - session.lastUsed > this.#limits.lifetimeMs;
  }

  #bind(session: AuthSession): void {
    this.#byId.set(session.id, session);
    this.#byFullJid.set(session.boundTo, session.id);
  }

  #unbind(session: AuthSession): void {
    if (this.#byFullJid.get(session.boundTo) === session.id) this.#byFullJid.delete(session.boundTo);
  }
}
