/** Nicknames (XEP-0045 s.7.2, RFC 8266): what may be one, and changing it (s.7.6). */
import { type Element, type StanzaError, stanzaError } from '@conclave/signaling';
import type { Muc } from './context.js';
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

/** Controls, line separators and what Unicode has not assigned. */
const forbidden = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Invisible characters that reorder or join text; the joiners and tags of emoji are let through. */
const invisible = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/u;

export function nickProblem(muc: Muc, nick: string): StanzaError | undefined {
  const blank = nick.replace(/[\p{Z}\p{Cf}\p{M}]/gu, '') === '';
  const padded = nick.trim() !== nick;
  if (
    blank ||
    padded ||
    nick.length > muc.options.limits.nickLength ||
    forbidden.test(nick) ||
    invisible.test(nick)
  ) {
    return stanzaError('jid-malformed', 'Invalid nickname');
  }
  return undefined;
}

/**
 * A session takes another nickname; the role goes with it. One of several sessions moves alone, and may join a nickname
 * that the same person bears already.
 */
export function changeNick(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  nick: string,
  presence: Element,
): StanzaError | undefined {
  const refused =
    nickProblem(muc, nick) ??
    muc.hooks.emit('nick-requested', { room, from: session.jid, nick, current: occupant.nick });
  if (refused !== undefined) return refused;
  const holder = room.occupant(nick);
  if (holder !== undefined && !holder.person.equals(occupant.person)) return stanzaError('conflict');
  if (holder !== undefined && holder.sessionCount >= muc.options.limits.sessionsPerNick) {
    return stanzaError('resource-constraint', 'Too many sessions under one nickname');
  }
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
  if (holder !== undefined) sendOccupants(muc, room, renamed, moved);
  sendSelfPresence(muc, room, renamed, moved, []);
  return undefined;
}
