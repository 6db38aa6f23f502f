/** Messages of a room (XEP-0045 s.7.4, s.7.5): to everybody, to one occupant, and to the room itself. */
import {
  type Element,
  attribute,
  childElements,
  el,
  isStanzaError,
  type Jid,
  NS,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { Broadcast } from './broadcast.js';
import type { Muc } from './context.js';
import { deliver } from './delivery.js';
import { belongsInHistory } from './history.js';
import type { Occupant } from './occupant.js';
import { cleaned } from './presence.js';
import type { Room } from './room.js';

/** The sender's message as the room passes it on: in the room's name, without what only the room may say. */
function draft(room: Room, occupant: Occupant, stanza: Element): Element {
  const copy = cleaned(stanza);
  const isForgedDelay = (child: Element) =>
    child.getNS() === NS.delay && attribute(child, 'from') === room.jid.toString();
  copy.children = copy.children.filter((child) => typeof child !== 'object' || !isForgedDelay(child));
  const id = attribute(stanza, 'id');
  copy.attrs['from'] = occupant.jid.toString();
  copy.attrs['type'] = attribute(stanza, 'type') ?? 'normal';
  if (id !== undefined) copy.attrs['id'] = id;
  return copy;
}

/** Says to all who are in what those who come later do not need to hear. @param author a bare JID; undefined: it is the room's own word */
export function sayNow(muc: Muc, room: Room, message: Element, author: Jid | undefined): void {
  deliver(muc, room.sessions(), new Broadcast(message));
  muc.hooks.emit('said', { room, stanza: message, author });
}

/** Says to all what they, and those who come later, are to hear. @param author a bare JID; undefined: it is the room's own word */
export function say(muc: Muc, room: Room, message: Element, author: Jid | undefined): void {
  const broadcast = new Broadcast(message);
  deliver(muc, room.sessions(), broadcast);
  if (belongsInHistory(message)) {
    const notes: Element[] = [];
    const occupant = author && room.occupant(tryParseJid(String(message.attrs['from']))?.resource ?? '');
    if (occupant !== undefined) muc.hooks.emit('remembered', { room, occupant, notes });
    room.history.add(
      { message: broadcast, room: room.jid, at: muc.now(), author, notes },
      room.config.historyLength,
    );
  }
  muc.hooks.emit('said', { room, stanza: message, author });
}

/** A message of the room to all in it, e.g. that its configuration has changed. */
export function announceInRoom(muc: Muc, room: Room, ...children: readonly Element[]): void {
  const message = el('message', { type: 'groupchat', from: room.jid.toString() }, children);
  deliver(muc, room.sessions(), new Broadcast(message));
}

/** Tells the room that something about it is other than before, which clients may want to ask for (s.10.2.1, status 104). */
export function announceChange(muc: Muc, room: Room): void {
  announceInRoom(muc, room, el('x', { xmlns: NS.mucUser }, el('status', { code: 104 })));
}

function groupchat(muc: Muc, room: Room, from: Jid, message: Element): StanzaError | undefined {
  const seat = room.seat(from);
  if (seat === undefined) return stanzaError('not-acceptable', 'Not in the room');
  const { occupant, session } = seat;
  if (!room.hears(occupant)) return stanzaError('forbidden');
  const stanza = draft(room, occupant, message);
  const result = muc.hooks.emit('groupchat', { room, occupant, session, stanza });
  if (isStanzaError(result)) return result;
  if (result === true) return undefined;
  muc.hooks.emit('attributed', { room, occupant, stanza });
  say(muc, room, stanza, occupant.person);
  return undefined;
}

function privateMessage(muc: Muc, room: Room, event: StanzaEvent, nick: string): StanzaError | undefined {
  const { stanza: message, from } = event;
  if (attribute(message, 'type') === 'groupchat') return stanzaError('bad-request');
  const occupant = room.seat(from)?.occupant;
  if (occupant === undefined) return stanzaError('not-acceptable', 'Not in the room');
  const target = room.occupant(nick);
  if (target === undefined) return stanzaError('item-not-found');
  const stanza = draft(room, occupant, message);
  const refused = muc.hooks.emit('private-message', { room, occupant, target, stanza });
  if (refused !== undefined) return refused;
  stanza.append(el('x', { xmlns: NS.mucUser }));
  muc.hooks.emit('attributed', { room, occupant, stanza });
  deliver(muc, target.sessions, new Broadcast(stanza));
  return undefined;
}

/** A message to the room that is neither for all nor for one: somebody must have claimed its kind. */
function roomMessage(muc: Muc, room: Room, from: Jid, stanza: Element): StanzaError | undefined {
  const result = muc.hooks.emit('room-message', { room, from, stanza });
  if (isStanzaError(result)) return result;
  if (result === true || childElements(stanza).length === 0) return undefined;
  return stanzaError('bad-request');
}

/** Deals with a message (not an error) to a live room or to an occupant of it. */
export function receiveMessage(muc: Muc, room: Room, event: StanzaEvent): StanzaError | undefined {
  const { stanza, from, to } = event;
  if (to.resource !== undefined) return privateMessage(muc, room, event, to.resource);
  if (attribute(stanza, 'type') === 'groupchat') return groupchat(muc, room, from, stanza);
  return roomMessage(muc, room, from, stanza);
}
