/** A room service on a component: finds the room a stanza is for, and the part of the room that deals with it. */
import {
  attribute,
  childElements,
  type Element,
  el,
  errorReply,
  isStanzaError,
  type Jid,
  NS,
  parseJid,
  resultReply,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Logger } from 'pino';
import { Hooks } from '../host/hooks.js';
import type { Host, StanzaEvent } from '../host/host.js';
import { ConfigForm } from './config-form.js';
import { defaultConfig } from './config.js';
import type { Muc, RoomIqHandler } from './context.js';
import { type JoinRequest, enter, resynchronize } from './entering.js';
import { isDeparture } from './errors.js';
import type { MucEvents } from './events.js';
import { answersSelfPing, IqRelay } from './iq-relay.js';
import { leave, shutRoom } from './leaving.js';
import { receiveMessage } from './messages.js';
import type { MucOptions } from './options.js';
import { announce, cleaned, sendOccupant } from './presence.js';
import { changeNick } from './renaming.js';
import { Room } from './room.js';

export class MucService implements Muc {
  readonly jid: Jid;
  readonly hooks = new Hooks<MucEvents>();
  readonly form = new ConfigForm();
  readonly log: Logger;
  readonly #rooms = new Map<string, Room>();
  readonly #iqHandlers = new Map<string, RoomIqHandler>();
  readonly #admins: ReadonlySet<string>;
  readonly #relay: IqRelay;
  readonly #host: Host;

  constructor(
    host: Host,
    readonly options: MucOptions,
    readonly now: () => number,
  ) {
    this.#host = host;
    this.jid = parseJid(host.name);
    this.log = host.log.child({ module: 'muc' });
    this.#admins = new Set(options.admins.map((admin) => parseJid(admin).toString()));
    this.#relay = new IqRelay(this);
  }

  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  isAdmin(person: Jid): boolean {
    return this.#admins.has(person.toString());
  }

  room(jid: Jid): Room | undefined {
    return this.#rooms.get(jid.bare.toString());
  }

  handleIq(type: 'get' | 'set', name: string, namespace: string, handler: RoomIqHandler): () => void {
    const key = `${type} ${namespace} ${name}`;
    this.#iqHandlers.set(key, handler);
    return () => {
      if (this.#iqHandlers.get(key) === handler) this.#iqHandlers.delete(key);
    };
  }

  route(stanza: Element): void {
    this.#host.route(stanza);
  }

  register(room: Room): void {
    if (!room.become('live')) return;
    this.#rooms.set(room.jid.toString(), room);
    this.log.info({ room: room.jid.toString() }, 'room created');
    this.hooks.emit('room-created', room);
  }

  forget(room: Room): void {
    if (!room.become('gone')) return;
    this.#rooms.delete(room.jid.toString());
    this.log.info({ room: room.jid.toString() }, 'room gone');
    this.hooks.emit('room-gone', room);
  }

  /** Empties all rooms at the end of the service. */
  shutDown(): void {
    for (const room of [...this.#rooms.values()]) shutRoom(this, room);
  }

  /** Answers a refused stanza; one that is an error or a result itself is never answered (RFC 6120 s.8.3.1). */
  refuse(stanza: Element, error: StanzaError): void {
    const type = attribute(stanza, 'type');
    if (type === 'error' || type === 'result') return;
    const reply = errorReply(stanza, error);
    // By `<x muc/>` clients tell a refused entrance from other errors (s.7.2, examples).
    if (stanza.getChild('x', NS.muc) !== undefined) reply.append(el('x', { xmlns: NS.muc }));
    this.route(reply);
  }

  receivePresence(event: StanzaEvent): StanzaError | undefined {
    const { stanza, from, to, origin } = event;
    const room = this.room(to);
    const seat = room?.seat(from);
    switch (attribute(stanza, 'type')) {
      case undefined:
        return this.#available(event, room);
      case 'unavailable':
        // The last word of a session that has ended does not speak for its successor at the same address.
        if (room && seat && seat.session.origin === origin) {
          leave(this, room, seat.occupant, seat.session, cleaned(stanza));
        }
        return undefined;
      case 'error':
        this.receiveError(event);
        return undefined;
      case 'probe': {
        if (!room || !seat) return stanzaError('not-acceptable', 'Not in the room');
        const asked = to.resource === undefined ? seat.occupant : room.occupant(to.resource);
        if (asked === undefined) return stanzaError('item-not-found');
        sendOccupant(this, room, asked, seat.occupant, seat.session);
        return undefined;
      }
      default:
        return stanzaError('bad-request');
    }
  }

  #available(event: StanzaEvent, room: Room | undefined): StanzaError | undefined {
    const { stanza, from, to, origin } = event;
    if (stanza.toString().length > this.options.limits.presenceSize) {
      return stanzaError('policy-violation', 'Presence too large');
    }
    const join = stanza.getChild('x', NS.muc);
    const seat = room?.seat(from);
    if (room && seat && seat.session.origin !== origin) {
      // A new session at the address of one that has ended: the seat was the other's.
      leave(this, room, seat.occupant, seat.session);
      return this.#available(event, this.room(to));
    }
    if (room === undefined || seat === undefined) {
      if (join === undefined) return stanzaError('item-not-found', 'Not in the room');
      if (to.resource === undefined) return stanzaError('jid-malformed', 'A nickname is needed');
      return this.#join(room, to.bare, { from, nick: to.resource, presence: stanza, join, origin });
    }
    const { occupant, session } = seat;
    if (to.resource !== undefined && to.resource !== occupant.nick) {
      return changeNick(this, room, occupant, session, to.resource, stanza, join);
    }
    occupant.updatePresence(session, cleaned(stanza));
    if (join === undefined) announce(this, room, occupant);
    else resynchronize(this, room, occupant, session, join);
    return undefined;
  }

  #join(room: Room | undefined, jid: Jid, request: JoinRequest): StanzaError | undefined {
    if (room !== undefined) return enter(this, room, request, false);
    const { from, origin } = request;
    const admin = this.isAdmin(from.bare);
    const refused = this.hooks.emit('room-requested', { jid, from, admin, origin });
    if (refused !== undefined) return refused;
    const { limits, rooms } = this.options;
    if (this.#rooms.size >= limits.rooms) return stanzaError('resource-constraint', 'Too many rooms');
    const created = new Room(
      jid,
      { ...defaultConfig, ...rooms },
      this.now(),
      { messages: limits.historyMessages, characters: limits.historySize },
      (person) => this.isAdmin(person),
    );
    if (!admin) created.recordAffiliation(from.bare, 'owner');
    return enter(this, created, request, true);
  }

  receiveMessage(event: StanzaEvent): StanzaError | undefined {
    if (attribute(event.stanza, 'type') === 'error') {
      this.receiveError(event);
      return undefined;
    }
    const room = this.room(event.to);
    return room === undefined ? stanzaError('item-not-found') : receiveMessage(this, room, event);
  }

  receiveIq(event: StanzaEvent): StanzaError | undefined {
    const { stanza, to } = event;
    const room = this.room(to);
    const type = attribute(stanza, 'type');
    if (type === 'result' || type === 'error') {
      if (room !== undefined && to.resource !== undefined) this.#relay.answer(room, event);
      return undefined;
    }
    if (room === undefined) return stanzaError('item-not-found');
    if (to.resource === undefined) return this.#roomIq(room, event);
    return answersSelfPing(this, room, event) ? undefined : this.#relay.request(room, event, to.resource);
  }

  #roomIq(room: Room, { stanza, from }: StanzaEvent): StanzaError | undefined {
    const type = attribute(stanza, 'type');
    const [payload] = childElements(stanza);
    if ((type !== 'get' && type !== 'set') || payload === undefined) return stanzaError('bad-request');
    const handler = this.#iqHandlers.get(`${type} ${payload.getNS() ?? ''} ${payload.getName()}`);
    if (handler === undefined) return stanzaError('service-unavailable');
    const reply = handler({ room, from, type, payload });
    if (isStanzaError(reply)) return reply;
    this.route(resultReply(stanza, reply));
    return undefined;
  }

  /** A stanza could not be delivered to an occupant: whoever cannot be reached is no longer in the room. */
  receiveError({ stanza, from, to }: StanzaEvent): void {
    const room = this.room(to);
    const seat = room?.seat(from);
    if (room && seat && isDeparture(stanza)) {
      leave(this, room, seat.occupant, seat.session, undefined, [333]);
    }
  }
}
