/** Somebody in a room under one nickname: one person (a bare JID), one role, one or more sessions (XEP-0045 s.3). */
import type { Affiliation, Element, Jid, Role } from '@conclave/signaling';
import type { ClientSession } from '../session/client-session.js';
import type { Standing } from './affiliations.js';
import { Broadcast } from './broadcast.js';

/** One client of an occupant. */
export interface OccupantSession {
  /** Real full JID. */
  readonly jid: Jid;
  /** It stands for somebody who is told elsewhere, and is sent nothing. */
  readonly deaf?: true;
  /** Distinct in the room for as long as the room lives; stands for the session where its JID must not be shown. */
  readonly number: number;
  /** The client's session, when it is one of this server; a successor at the same address may take its place. */
  origin: ClientSession | undefined;
  /** Children of its last available presence, cleaned of what only a room may say. */
  presence: Element;
}

export class Occupant implements Standing {
  readonly #sessions = new Map<string, OccupantSession>();
  #primary: OccupantSession;
  #affiliation: Affiliation;
  #role: Role;
  /** Whether the others have been told that it is here: presences of some roles may be kept from them. */
  shown = false;
  /** The current presence as it is shown to each kind of receiver. */
  readonly #views = new Map<number, Broadcast>();

  constructor(
    /** The address in the room; its resource is the nickname. */
    readonly jid: Jid,
    session: OccupantSession,
    standing: Standing,
  ) {
    this.#primary = session;
    this.#sessions.set(session.jid.toString(), session);
    this.#affiliation = standing.affiliation;
    this.#role = standing.role;
  }

  get nick(): string {
    return this.jid.resource ?? '';
  }

  /** Real bare JID: the person. */
  get person(): Jid {
    return this.#primary.jid.bare;
  }

  /** The session that IQs go to, and whose presence is shown. */
  get primary(): OccupantSession {
    return this.#primary;
  }

  get sessions(): Iterable<OccupantSession> {
    return this.#sessions.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get affiliation(): Affiliation {
    return this.#affiliation;
  }

  get role(): Role {
    return this.#role;
  }

  stand(standing: Standing): void {
    this.#affiliation = standing.affiliation;
    this.#role = standing.role;
    this.#views.clear();
  }

  addSession(session: OccupantSession): void {
    this.#sessions.set(session.jid.toString(), session);
    this.#views.clear();
  }

  /** Another session takes over when the primary one goes; the last one cannot be taken away. */
  removeSession(session: OccupantSession): void {
    if (this.#sessions.size === 1) return;
    this.#sessions.delete(session.jid.toString());
    if (session === this.#primary) {
      const [next = session] = this.#sessions.values();
      this.#primary = next;
    }
    this.#views.clear();
  }

  updatePresence(session: OccupantSession, presence: Element): void {
    session.presence = presence;
    this.#views.clear();
  }

  /** Something else that its presence shows has changed. */
  looksDifferent(): void {
    this.#views.clear();
  }

  /** The cached view of this occupant's presence for a kind of receiver; `render` makes it after a change. */
  view(audience: number, render: () => Element): Broadcast {
    let view = this.#views.get(audience);
    if (view === undefined) {
      view = new Broadcast(render());
      this.#views.set(audience, view);
    }
    return view;
  }
}
