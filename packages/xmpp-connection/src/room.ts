/**
 * An occupant's view of one room (XEP-0045): who is in it, in what role, and what is said, from the presence
 * of our own join until we are out of it again. `joinRoom` enters once; `stayInRoom` (membership.ts) for ever.
 */
import {
  type Affiliation,
  type Element,
  attribute,
  el,
  joinPresence,
  type MucUser,
  parseJid,
  parseMucUser,
  parseStanzaError,
  present,
  type Role,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Unsubscribe, XmppConnection } from './connection.js';
import { Emitter } from './emitter.js';
import type { Logger } from 'pino';

/** Somebody else in the room, as last seen. */
export interface Occupant {
  readonly nick: string;
  /** Occupant JID: `room@service/nick`. */
  readonly jid: string;
  /** Real full JID, where the room shows it. */
  readonly realJid?: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** The latest presence, with whatever extensions it carries. */
  readonly presence: Element;
}

/** Why we are no longer in the room. `disconnected`: the session ended without being resumed. */
export type RoomEnd = 'left' | 'kicked' | 'destroyed' | 'disconnected';

export interface RoomEvents {
  readonly joined: Occupant;
  readonly changed: Occupant;
  readonly left: {
    readonly occupant: Occupant;
    readonly statusCodes: ReadonlySet<number>;
    readonly reason?: string;
    /** What the occupant said on leaving. */
    readonly status?: string;
  };
  /** Our own affiliation or role, at entry and whenever it changes. */
  readonly self: { readonly affiliation: Affiliation; readonly role: Role };
  /** A message from the room or one of its occupants. */
  readonly message: Element;
  readonly ended: RoomEnd;
}

export interface MucRoom {
  /** Bare JID of the room. */
  readonly jid: string;
  /** Our nickname as the room knows it. */
  readonly nick: string;
  readonly self: RoomEvents['self'];
  /** The others, by nickname. */
  readonly occupants: ReadonlyMap<string, Occupant>;
  on<E extends keyof RoomEvents>(event: E, listener: (payload: RoomEvents[E]) => void): Unsubscribe;
  /** Replaces the extensions of our presence. */
  setPresence(extensions: readonly Element[]): void;
  leave(): void;
  /** Why we are out of it; undefined while we are in it. */
  readonly ended: RoomEnd | undefined;
}

export interface JoinOptions {
  /** Bare JID of the room. */
  readonly room: string;
  readonly nick: string;
  readonly password?: string;
  /** Children of our presence besides `<x/>`. */
  readonly extensions?: readonly Element[];
  /** Milliseconds to wait for our own presence; 15 s by default. */
  readonly timeoutMs?: number;
  readonly log: Logger;
}

/** How an attempt to enter ended. */
export type JoinOutcome =
  /** `created`: the room did not exist before (status 201). */
  | { readonly kind: 'joined'; readonly room: MucRoom; readonly created: boolean }
  | { readonly kind: 'error'; readonly error: StanzaError }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'disconnected' };

const selfPresence = 110;
const newRoom = 201;
const banned = 301;
const kicked = 307;

type State = 'joining' | 'inside' | 'outside';

class Room implements MucRoom {
  readonly jid: string;
  readonly occupants = new Map<string, Occupant>();
  private readonly events: Emitter<RoomEvents>;
  private readonly subscriptions: readonly Unsubscribe[];
  private state: State = 'joining';
  private outcome: RoomEnd | undefined;
  private ownNick: string;
  private ownRank: RoomEvents['self'] = { affiliation: 'none', role: 'none' };

  constructor(
    private readonly connection: XmppConnection,
    options: JoinOptions,
    /** The first outcome counts. */
    private readonly settle: (outcome: JoinOutcome) => void,
  ) {
    this.events = new Emitter(options.log);
    const own = parseJid(options.room).bare.withResource(options.nick);
    this.jid = own.bare.toString();
    this.ownNick = own.resource ?? '';
    this.subscriptions = [
      connection.onStanzaFrom(this.jid, (stanza) => this.receive(stanza)),
      connection.on('online', ({ resumed }) => {
        if (!resumed) this.end('disconnected');
      }),
    ];
  }

  get nick(): string {
    return this.ownNick;
  }

  get ended(): RoomEnd | undefined {
    return this.outcome;
  }

  get self(): RoomEvents['self'] {
    return this.ownRank;
  }

  on<E extends keyof RoomEvents>(event: E, listener: (payload: RoomEvents[E]) => void): Unsubscribe {
    return this.events.on(event, listener);
  }

  setPresence(extensions: readonly Element[]): void {
    if (this.state !== 'inside') return;
    this.connection.send(el('presence', { to: `${this.jid}/${this.ownNick}` }, extensions));
  }

  leave(): void {
    if (this.state === 'outside') return;
    this.connection.send(el('presence', { to: `${this.jid}/${this.ownNick}`, type: 'unavailable' }));
    this.end('left');
  }

  /** Gives up an attempt to enter. */
  abandon(): void {
    if (this.state === 'joining') this.leave();
  }

  private receive(stanza: Element): void {
    if (stanza.name === 'message' && this.state === 'inside') this.events.emit('message', stanza);
    if (stanza.name !== 'presence') return;
    const nick = parseJid(attribute(stanza, 'from') ?? '').resource;
    const type = attribute(stanza, 'type');
    if (type === 'error') this.refused(stanza);
    else if (nick === undefined) this.roomPresence(stanza);
    else if (type === undefined) this.available(nick, stanza);
    else if (type === 'unavailable') this.unavailable(nick, stanza);
  }

  /** Whatever carries 110 is our own, also under a nickname that the room chose for us (210). */
  private isSelf(nick: string, user: MucUser | undefined): boolean {
    return nick === this.ownNick || user?.statusCodes.has(selfPresence) === true;
  }

  private refused(stanza: Element): void {
    if (this.state !== 'joining') return;
    this.settle({ kind: 'error', error: parseStanzaError(stanza) ?? stanzaError('undefined-condition') });
    this.end('left');
  }

  /** A room that is destroyed may say so from its bare address. */
  private roomPresence(stanza: Element): void {
    if (parseMucUser(stanza)?.destroy !== undefined) this.end('destroyed');
  }

  private available(nick: string, presence: Element): void {
    const user = parseMucUser(presence);
    if (user === undefined) return;
    if (this.isSelf(nick, user)) {
      this.selfAvailable(nick, user);
      return;
    }
    const known = this.occupants.has(nick);
    const occupant: Occupant = {
      nick,
      jid: `${this.jid}/${nick}`,
      ...(user.jid === undefined ? {} : { realJid: user.jid }),
      affiliation: user.affiliation,
      role: user.role,
      presence,
    };
    this.occupants.set(nick, occupant);
    this.events.emit(known ? 'changed' : 'joined', occupant);
  }

  private selfAvailable(nick: string, user: MucUser): void {
    this.ownNick = nick;
    const changed = user.affiliation !== this.ownRank.affiliation || user.role !== this.ownRank.role;
    this.ownRank = { affiliation: user.affiliation, role: user.role };
    if (this.state === 'joining') {
      this.state = 'inside';
      this.settle({ kind: 'joined', room: this, created: user.statusCodes.has(newRoom) });
    }
    if (changed) this.events.emit('self', this.ownRank);
  }

  private unavailable(nick: string, presence: Element): void {
    const user = parseMucUser(presence);
    if (this.isSelf(nick, user)) {
      const expelled = user?.statusCodes.has(kicked) === true || user?.statusCodes.has(banned) === true;
      this.end(user?.destroy !== undefined ? 'destroyed' : expelled ? 'kicked' : 'left');
      return;
    }
    const occupant = this.occupants.get(nick);
    if (occupant === undefined) return;
    this.occupants.delete(nick);
    this.events.emit('left', {
      occupant,
      statusCodes: user?.statusCodes ?? new Set(),
      ...(user?.reason === undefined ? {} : { reason: user.reason }),
      ...present({ status: presence.getChildText('status') ?? undefined }),
    });
  }

  private end(end: RoomEnd): void {
    const before = this.state;
    if (before === 'outside') return;
    this.state = 'outside';
    this.outcome = end;
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.occupants.clear();
    if (before === 'inside') this.events.emit('ended', end);
    else this.settle({ kind: 'disconnected' });
  }
}

/**
 * Enters a room once. The promise settles when our own presence has come back, so that every occupant then present
 * is known; it never rejects but for a malformed address (JidError). The room ends with the session.
 */
export function joinRoom(connection: XmppConnection, options: JoinOptions): Promise<JoinOutcome> {
  if (!connection.online) return Promise.resolve({ kind: 'disconnected' });
  return new Promise((resolve) => {
    const settle = (outcome: JoinOutcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      settle({ kind: 'timeout' });
      room.abandon();
    }, options.timeoutMs ?? 15_000);
    const room = new Room(connection, options, settle);
    const { password, extensions } = options;
    connection.send(
      joinPresence({
        room: room.jid,
        nick: room.nick,
        maxHistory: 0,
        ...(password === undefined ? {} : { password }),
        ...(extensions === undefined ? {} : { extensions }),
      }),
    );
  });
}
