/** A room's state (XEP-0045): who is in it, who is what to it, how it is configured. No stanza is written or read here. */
import type { Affiliation, Element, Jid, Role } from '@conclave/signaling';
import type { ClientSession } from '../session/client-session.js';
import { roleAllows, type Standing } from './affiliations.js';
import type { RoomConfig } from './config.js';
import { History, type HistoryLimits } from './history.js';
import { Occupant, type OccupantSession } from './occupant.js';
import { compareAffiliations, initialRole } from './ranks.js';

/** `forming`: its first occupant is still being admitted, nobody else sees it; `gone`: for good. */
export type RoomState = 'forming' | 'live' | 'gone';

const successors: Readonly<Record<RoomState, readonly RoomState[]>> = {
  forming: ['live', 'gone'],
  live: ['gone'],
  gone: [],
};

export interface RoomAffiliation {
  readonly jid: Jid;
  readonly affiliation: Affiliation;
  readonly reason: string | undefined;
  /** The nickname that is kept for its bearer (s.7.10). */
  readonly nick: string | undefined;
}

/** Nicknames are compared as people read them. */
export function nickKey(nick: string): string {
  return nick.normalize('NFKC').toLowerCase();
}

export interface RoomSubject {
  readonly text: string;
  /** Occupant JID of who set it. */
  readonly by: Jid;
  readonly at: number;
}

export class Room {
  #state: RoomState = 'forming';
  readonly #occupants = new Map<string, Occupant>();
  /** By real full JID. */
  readonly #seats = new Map<string, { readonly occupant: Occupant; readonly session: OccupantSession }>();
  readonly #affiliations = new Map<string, RoomAffiliation>();
  #lastSession = 0;

  readonly history: History;
  subject: RoomSubject | undefined;
  /** Who has created it or, later, made it persistent: a bare JID. */
  founder: Jid | undefined;

  constructor(
    /** Bare. */
    readonly jid: Jid,
    readonly config: RoomConfig,
    /** Tells it from a room that had its name before. */
    readonly id: string,
    /** Milliseconds of the epoch. */
    readonly createdAt: number,
    historyLimits: HistoryLimits,
    /** Whether a bare JID is an administrator of the service: an owner of every room, which nobody can take away. */
    readonly isServiceAdmin: (person: Jid) => boolean,
  ) {
    this.history = new History(historyLimits);
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Answers whether the room was in a state from which it can become `next`. */
  become(next: RoomState): boolean {
    if (!successors[this.#state].includes(next)) return false;
    this.#state = next;
    return true;
  }

  get occupants(): Iterable<Occupant> {
    return this.#occupants.values();
  }

  get occupantCount(): number {
    return this.#occupants.size;
  }

  occupant(nick: string): Occupant | undefined {
    return this.#occupants.get(nick);
  }

  /** The seat that a real full JID has taken. */
  seat(jid: Jid): { readonly occupant: Occupant; readonly session: OccupantSession } | undefined {
    return this.#seats.get(jid.toString());
  }

  /** The sessions of a person in the room, under whatever nicknames. */
  occupantsOf(person: Jid): Occupant[] {
    return [...this.#occupants.values()].filter((occupant) => occupant.person.equals(person));
  }

  *sessions(): Generator<OccupantSession> {
    for (const { session } of this.#seats.values()) yield session;
  }

  /** Finds a session by the number that stands for it. */
  sessionNumbered(number: number): OccupantSession | undefined {
    for (const { session } of this.#seats.values()) if (session.number === number) return session;
    return undefined;
  }

  newSession(jid: Jid, origin: ClientSession | undefined, presence: Element): OccupantSession {
    this.#lastSession += 1;
    return { jid, number: this.#lastSession, origin, presence };
  }

  /** Takes the seat: a new occupant, or one more session of one who is there. */
  seatSession(nick: string, session: OccupantSession): Occupant {
    let occupant = this.#occupants.get(nick);
    if (occupant === undefined) {
      occupant = new Occupant(this.jid.withResource(nick), session, this.standingOf(session.jid.bare));
      this.#occupants.set(nick, occupant);
    } else {
      occupant.addSession(session);
    }
    this.#seats.set(session.jid.toString(), { occupant, session });
    return occupant;
  }

  /** Gives up the seat; answers whether the occupant has gone with it. */
  unseat(session: OccupantSession): boolean {
    const key = session.jid.toString();
    const seat = this.#seats.get(key);
    if (seat === undefined) return false;
    this.#seats.delete(key);
    if (seat.occupant.sessionCount > 1) {
      seat.occupant.removeSession(session);
      return false;
    }
    this.#occupants.delete(seat.occupant.nick);
    return true;
  }

  affiliation(person: Jid): Affiliation {
    if (this.isServiceAdmin(person)) return 'owner';
    return this.#affiliations.get(person.toString())?.affiliation ?? 'none';
  }

  /** What a person is: by the seat if there is one, else by affiliation with no role. */
  standing(jid: Jid): Standing {
    return this.seat(jid)?.occupant ?? { affiliation: this.affiliation(jid.bare), role: 'none' };
  }

  /** How a person would enter now. */
  standingOf(person: Jid): Standing {
    const affiliation = this.affiliation(person);
    return { affiliation, role: initialRole(affiliation, this.config.moderated) };
  }

  affiliations(kind: Affiliation): RoomAffiliation[] {
    return [...this.#affiliations.values()].filter((each) => each.affiliation === kind);
  }

  get affiliationCount(): number {
    return this.#affiliations.size;
  }

  allAffiliations(): RoomAffiliation[] {
    return [...this.#affiliations.values()];
  }

  /** Writes the list only; what follows for occupants is up to the caller. A nickname is kept for as long as one belongs to the room. */
  recordAffiliation(person: Jid, affiliation: Affiliation, reason?: string): void {
    const key = person.toString();
    const belongs = compareAffiliations(affiliation, 'member') >= 0;
    const nick = belongs ? this.#affiliations.get(key)?.nick : undefined;
    if (affiliation === 'none') this.#affiliations.delete(key);
    else this.#affiliations.set(key, { jid: person, affiliation, reason, nick });
  }

  /** Keeps a nickname for somebody on the lists, instead of any other; `undefined`: none. Answers whether the person is on one. */
  reserveNick(person: Jid, nick: string | undefined): boolean {
    const key = person.toString();
    const entry = this.#affiliations.get(key);
    if (entry === undefined || !this.isMember(person)) return false;
    this.#affiliations.set(key, { ...entry, nick });
    return true;
  }

  reservedNick(person: Jid): string | undefined {
    return this.#affiliations.get(person.toString())?.nick;
  }

  /** Whom a nickname is kept for. */
  nickHolder(nick: string): Jid | undefined {
    const key = nickKey(nick);
    for (const { jid, nick: kept } of this.#affiliations.values()) {
      if (kept !== undefined && nickKey(kept) === key) return jid;
    }
    return undefined;
  }

  /** Owners by affiliation, and administrators of the service who are present. */
  owners(): Set<string> {
    const owners = new Set(this.affiliations('owner').map(({ jid }) => jid.toString()));
    for (const { person } of this.#occupants.values()) {
      if (this.isServiceAdmin(person)) owners.add(person.toString());
    }
    return owners;
  }

  /** Who belongs to a members-only room (s.5.2). */
  isMember(person: Jid): boolean {
    return compareAffiliations(this.affiliation(person), 'member') >= 0;
  }

  /** Whether somebody (a real full JID) is in the room, or belongs to it. */
  isInsider(jid: Jid): boolean {
    return this.seat(jid) !== undefined || this.isMember(jid.bare);
  }

  /** Whether the room may be looked at: a hidden one is for those in it and those it knows; to others it says as little as it can. */
  showsItselfTo(jid: Jid): boolean {
    return this.config.public || this.isInsider(jid);
  }

  /** Whether others are shown the presence of whom has this role. */
  broadcasts(role: Role): boolean {
    return this.config.presenceBroadcast.some((each) => each === role);
  }

  /** Whether the owner lets somebody read the list of members who does not keep it (s.9.5); it shows real JIDs. */
  showsMembersTo(reader: Standing): boolean {
    const { memberListReaders: readers, membersOnly, whois } = this.config;
    if (readers.some((each) => each === reader.role)) return this.showsJidsTo(reader);
    const isMember = compareAffiliations(reader.affiliation, 'member') >= 0;
    return isMember && readers.includes('member') && membersOnly && whois === 'anyone';
  }

  /** Whether one occupant learns of another; a room where not everybody does says so. */
  shows: (occupant: Occupant, receiver: Occupant) => boolean = () => true;

  /** Whether an occupant may say something to all; a room where others may than usual says so. */
  hears: (occupant: Occupant) => boolean = ({ role }) => roleAllows(role, 'send');

  /** Whether it is kept from an occupant who the others are; a room where that is so for some says for whom. */
  keepsNamesFrom: ((receiver: Occupant) => boolean) | undefined;

  /** Whether real JIDs are shown to this receiver (s.4.2). */
  showsJidsTo(receiver: Standing): boolean {
    return this.config.whois === 'anyone' || receiver.role === 'moderator';
  }
}
