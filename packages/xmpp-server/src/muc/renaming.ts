/** Changing one's nickname (XEP-0045 s.7.6): unavailable with status 303 under the old, available under the new. */
import type { Element, StanzaError } from '@conclave/signaling';
import type { Muc } from './context.js';
import { sendWelcome } from './entering.js';
import { nickProblem, nickUnavailable } from './nickname.js';
import type { Occupant, OccupantSession } from './occupant.js';
import {
  announce,
  announceDeparture,
  cleaned,
  sendOccupants,
  sendSelfPresence,
  tellDeparture,
} from './presence.js';
import type { Room } from './room.js';

/**
 * A session takes another nickname; the role goes with it. One of several sessions moves alone, and may join a nickname
 * that the same person bears already.
 *
 * @param join `<x muc/>` of a presence that would enter: the session has lost track, and is told everything again.
 */
export function changeNick(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  nick: string,
  presence: Element,
  join: Element | undefined,
): StanzaError | undefined {
  const wish = { room, from: session.jid, nick, current: occupant.nick };
  const refused = nickProblem(muc, nick) ?? nickUnavailable(muc, wish);
  if (refused !== undefined) return refused;
  const holder = room.occupant(nick);
  const { affiliation, role } = occupant;
  const departure = { sessions: [session], codes: [303], nick };
  if (room.unseat(session)) {
    announceDeparture(muc, room, occupant, departure);
  } else {
    tellDeparture(muc, room, occupant, departure);
    announce(muc, room, occupant);
  }
  const moved = room.newSession(session.jid, session.origin, cleaned(presence));
  const renamed = room.seatSession(nick, moved);
  if (holder === undefined) renamed.stand({ affiliation, role });
  announce(muc, room, renamed, {}, moved);
  if (join !== undefined) {
    sendWelcome(muc, room, renamed, moved, join, new Set());
    return undefined;
  }
  if (holder !== undefined) sendOccupants(muc, room, renamed, moved);
  sendSelfPresence(muc, room, renamed, moved, []);
  return undefined;
}
