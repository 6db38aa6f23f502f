/** The way into a room (XEP-0045 s.7.2): admission in the contract's order, then everything a newcomer is sent, in order. */
import type { Element, Jid, StanzaError } from '@conclave/signaling';
import type { ClientSession } from '../session/client-session.js';
import type { Muc } from './context.js';
import { deliver, deliverTo } from './delivery.js';
import type { Admission, Held } from './events.js';
import { decodeHistoryRequest } from './history.js';
import { nickProblem, nickUnavailable } from './nickname.js';
import type { Occupant, OccupantSession } from './occupant.js';
import { announce, cleaned, sendOccupants, sendSelfPresence } from './presence.js';
import type { Room } from './room.js';
import { subjectMessage } from './subject.js';

/** A presence with `<x muc/>`. */
export interface JoinRequest {
  readonly from: Jid;
  readonly nick: string;
  readonly presence: Element;
  /** `<x muc/>`. */
  readonly join: Element;
  readonly origin: ClientSession | undefined;
}

/** History and subject close an entrance; the subject comes always, as clients take it for the end. */
function sendPast(muc: Muc, room: Room, session: OccupantSession, join: Element): void {
  for (const message of room.history.select(
    decodeHistoryRequest(join, muc.now(), room.config.defaultHistory),
  )) {
    deliver(muc, [session], message);
  }
  deliverTo(muc, session, subjectMessage(room));
}

/** All that a session is sent when it enters, in the order that clients rely on (s.7.2.2). */
export function sendWelcome(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  join: Element,
  codes: Set<number>,
): void {
  sendOccupants(muc, room, occupant, session);
  muc.hooks.emit('entering', { room, occupant, session, codes });
  sendSelfPresence(muc, room, occupant, session, codes);
  sendPast(muc, room, session, join);
}

/** Everything that could refuse the request, or put it off; it changes nothing. */
function obstacle(muc: Muc, admission: Admission): StanzaError | Held | undefined {
  const { room, from, nick } = admission;
  return (
    nickProblem(muc, nick) ??
    muc.hooks.emit('admission', admission) ??
    nickUnavailable(muc, { room, from, nick })
  );
}

/** Seats a session that nothing refuses; `created`: it makes the room. */
export function enter(muc: Muc, room: Room, request: JoinRequest, created: boolean): StanzaError | undefined {
  const admin = muc.isAdmin(request.from.bare);
  const admission: Admission = { ...request, room, admin, excused: new Set() };
  const found = obstacle(muc, admission);
  if (found !== undefined) return found === 'held' ? undefined : found;
  if (created) muc.register(room);
  muc.hooks.emit('admitted', admission);
  const session = room.newSession(request.from, request.origin, cleaned(request.presence));
  const occupant = room.seatSession(request.nick, session);
  announce(muc, room, occupant, {}, session);
  sendWelcome(muc, room, occupant, session, request.join, new Set(created ? [201] : []));
  muc.hooks.emit('entered', { room, occupant, session });
  return undefined;
}

/** A session that is in already asks to enter: it has lost track, and is told everything again (s.7.2). */
export function resynchronize(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  join: Element,
): void {
  announce(muc, room, occupant, {}, session);
  sendWelcome(muc, room, occupant, session, join, new Set());
}
