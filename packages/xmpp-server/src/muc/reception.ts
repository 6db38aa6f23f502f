/** What comes in for the rooms of a service: each stanza finds its room, and the part of the room that deals with it. */
import {
  attribute,
  childElements,
  type Element,
  el,
  errorReply,
  isStanzaError,
  type Jid,
  NS,
  resultReply,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Handled, IqReply, StanzaEvent } from '../host/host.js';
import { enter, type JoinRequest, resynchronize } from './entering.js';
import { isDeparture } from './errors.js';
import type { RoomIq } from './events.js';
import { answersSelfPing, IqRelay } from './iq-relay.js';
import { leave } from './leaving.js';
import { receiveMessage } from './messages.js';
import { announce, cleaned, sendOccupant } from './presence.js';
import { changeNick } from './renaming.js';
import type { Room } from './room.js';
import type { MucService } from './service.js';

/** The service itself cannot be entered. */
function notARoom(presence: Element): StanzaError | undefined {
  return attribute(presence, 'type') === undefined ? stanzaError('jid-malformed') : undefined;
}

export class Reception {
  readonly #relay: IqRelay;

  constructor(readonly muc: MucService) {
    this.#relay = new IqRelay(muc);
  }

  /** Takes a stanza for a room; what else is said to the service's own address is not its business. */
  receive(event: StanzaEvent): Handled | undefined {
    const toService = event.to.local === undefined;
    if (toService && event.stanza.name !== 'presence') return undefined;
    if (toService) this.#answerIfRefused(event, notARoom(event.stanza));
    else {
      this.muc.whenOpen(
        event.to,
        () => this.#answerIfRefused(event, this.#dispatch(event)),
        (error) => this.#fail(event, error),
      );
    }
    return true;
  }

  #answerIfRefused({ stanza }: StanzaEvent, error: StanzaError | undefined): void {
    if (error !== undefined) this.#refuse(stanza, error);
  }

  /** A stored room that cannot be read is not there for the time being; above all, nobody gets to create it anew. */
  #fail({ stanza, to }: StanzaEvent, error: unknown): void {
    this.muc.log.error(
      { err: error, room: to.bare.toString() },
      'a stanza to a room could not be dealt with',
    );
    this.#refuse(stanza, { ...stanzaError('internal-server-error'), type: 'wait' });
  }

  #dispatch(event: StanzaEvent): StanzaError | undefined {
    switch (event.stanza.getName()) {
      case 'presence':
        return this.#presence(event);
      case 'message':
        return this.#message(event);
      default:
        return this.#iq(event);
    }
  }

  /** Answers a refused stanza; one that is an error or a result itself is never answered (RFC 6120 s.8.3.1). */
  #refuse(stanza: Element, error: StanzaError): void {
    const type = attribute(stanza, 'type');
    if (type === 'error' || type === 'result') return;
    const reply = errorReply(stanza, error);
    // By `<x muc/>` clients tell a refused entrance from other errors (s.7.2, examples).
    if (stanza.getChild('x', NS.muc) !== undefined) reply.append(el('x', { xmlns: NS.muc }));
    this.muc.route(reply);
  }

  #presence(event: StanzaEvent): StanzaError | undefined {
    const { stanza, from, to, origin } = event;
    const room = this.muc.room(to);
    const seat = room?.seat(from);
    switch (attribute(stanza, 'type')) {
      case undefined:
        return this.#available(event, room);
      case 'unavailable':
        // The last word of a session that has ended does not speak for its successor at the same address.
        if (room && seat && seat.session.origin === origin) {
          leave(this.muc, room, seat.occupant, seat.session, cleaned(stanza));
        }
        return undefined;
      case 'error':
        this.#bounced(event);
        return undefined;
      case 'probe': {
        if (!room || !seat) return stanzaError('not-acceptable', 'Not in the room');
        const asked = to.resource === undefined ? seat.occupant : room.occupant(to.resource);
        if (asked === undefined) return stanzaError('item-not-found');
        const isVisible = asked === seat.occupant || (asked.shown && room.shows(asked, seat.occupant));
        if (!isVisible) return stanzaError('item-not-found');
        sendOccupant(this.muc, room, asked, seat.occupant, seat.session);
        return undefined;
      }
      default:
        return stanzaError('bad-request');
    }
  }

  #available(event: StanzaEvent, room: Room | undefined): StanzaError | undefined {
    const { stanza, from, to, origin } = event;
    if (stanza.toString().length > this.muc.options.limits.presenceSize) {
      return stanzaError('policy-violation', 'Presence too large');
    }
    const join = stanza.getChild('x', NS.muc);
    const seat = room?.seat(from);
    if (room && seat && seat.session.origin !== origin) {
      // A new session at the address of one that has ended: the seat is its own if it asks for the same one.
      if (join === undefined || to.resource !== seat.occupant.nick) {
        leave(this.muc, room, seat.occupant, seat.session);
        return this.#available(event, this.muc.room(to));
      }
      seat.session.origin = origin;
    }
    if (room === undefined || seat === undefined) {
      if (join === undefined) return stanzaError('item-not-found', 'Not in the room');
      if (to.resource === undefined) return stanzaError('jid-malformed', 'A nickname is needed');
      return this.#join(room, to.bare, { from, nick: to.resource, presence: stanza, join, origin });
    }
    const { occupant, session } = seat;
    const refused = this.muc.hooks.emit('presence-changing', { room, occupant, session });
    if (refused !== undefined) return refused;
    if (to.resource !== undefined && to.resource !== occupant.nick) {
      return changeNick(this.muc, room, occupant, session, to.resource, stanza, join);
    }
    occupant.updatePresence(session, cleaned(stanza));
    if (join === undefined) announce(this.muc, room, occupant);
    else resynchronize(this.muc, room, occupant, session, join);
    this.muc.hooks.emit('presence-changed', { room, occupant, session });
    return undefined;
  }

  #join(room: Room | undefined, jid: Jid, request: JoinRequest): StanzaError | undefined {
    if (room !== undefined) return enter(this.muc, room, request, false);
    if (this.muc.names.nameOf(jid) === undefined) return stanzaError('jid-malformed', 'No room can be there');
    const { from, origin } = request;
    const admin = this.muc.isAdmin(from.bare);
    const { presence } = request;
    const found = this.muc.hooks.emit('room-requested', { jid, from, admin, origin, presence });
    if (found === 'held') return undefined;
    if (isStanzaError(found)) return found;
    if (!this.muc.hasSpace()) return stanzaError('resource-constraint', 'Too many rooms');
    const created = this.muc.draft(jid);
    created.founder = from.bare;
    if (!admin) created.recordAffiliation(from.bare, 'owner');
    return enter(this.muc, created, request, true);
  }

  #message(event: StanzaEvent): StanzaError | undefined {
    if (attribute(event.stanza, 'type') === 'error') {
      this.#bounced(event);
      return undefined;
    }
    const room = this.muc.room(event.to);
    return room === undefined ? stanzaError('item-not-found') : receiveMessage(this.muc, room, event);
  }

  #iq(event: StanzaEvent): StanzaError | undefined {
    const { stanza, to } = event;
    const room = this.muc.room(to);
    const type = attribute(stanza, 'type');
    if (type === 'result' || type === 'error') {
      if (room !== undefined && to.resource !== undefined) this.#relay.answer(room, event);
      return undefined;
    }
    if (room === undefined) return stanzaError('item-not-found');
    if (to.resource === undefined) return this.#roomIq(room, event);
    return answersSelfPing(this.muc, room, event) ? undefined : this.#relay.request(room, event, to.resource);
  }

  #roomIq(room: Room, { stanza, from }: StanzaEvent): StanzaError | undefined {
    const type = attribute(stanza, 'type');
    const [payload] = childElements(stanza);
    if ((type !== 'get' && type !== 'set') || payload === undefined) return stanzaError('bad-request');
    const handler = this.muc.iqHandler(type, payload);
    if (handler === undefined) return stanzaError('service-unavailable');
    const request: RoomIq = { room, from, type, payload };
    const reply = this.muc.hooks.emit('room-iq', request) ?? handler(request);
    if (reply instanceof Promise) void this.#answerLater(room, stanza, reply);
    else this.#answer(stanza, reply);
    return undefined;
  }

  #answer(stanza: Element, reply: IqReply): void {
    if (isStanzaError(reply)) this.#refuse(stanza, reply);
    else this.muc.route(resultReply(stanza, reply));
  }

  async #answerLater(room: Room, stanza: Element, reply: Promise<IqReply>): Promise<void> {
    try {
      this.#answer(stanza, await reply);
    } catch (error) {
      this.muc.log.error({ err: error, room: room.jid.toString() }, 'an IQ to a room could not be answered');
      this.#refuse(stanza, stanzaError('internal-server-error'));
    }
  }

  /** A stanza could not be delivered to an occupant: whoever cannot be reached is no longer in the room. */
  #bounced({ stanza, from, to }: StanzaEvent): void {
    const room = this.muc.room(to);
    const seat = room?.seat(from);
    if (room && seat && isDeparture(stanza)) {
      leave(this.muc, room, seat.occupant, seat.session, undefined, [333]);
    }
  }
}
