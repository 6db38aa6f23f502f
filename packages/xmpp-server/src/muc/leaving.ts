/** Ways out of a room: leaving, being removed, and the end of the room itself (XEP-0045 s.7.14, s.8.2, s.9.1, s.10.9). */
import { type Element, el } from '@conclave/signaling';
import type { Muc } from './context.js';
import type { Occupant, OccupantSession } from './occupant.js';
import { announce, announceDeparture, type PresenceNotes, tellDeparture } from './presence.js';
import type { Room } from './room.js';

/** One session leaves; the occupant stays for as long as it has others. `presence` is what it left with. */
export function leave(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  presence?: Element,
  codes: readonly number[] = [],
): void {
  const departure = { sessions: [session], presence, codes };
  const gone = room.unseat(session);
  if (gone) {
    announceDeparture(muc, room, occupant, departure);
  } else {
    tellDeparture(muc, room, occupant, departure);
    announce(muc, room, occupant);
  }
  muc.hooks.emit('left', { room, occupant, session });
  if (room.occupantCount === 0) muc.vacated(room);
}

function unseatAll(room: Room, occupant: Occupant): OccupantSession[] {
  const sessions = [...occupant.sessions];
  for (const session of sessions) room.unseat(session);
  return sessions;
}

/** Removes an occupant with all its sessions, and tells everybody why: kicks, bans and their like. `presence` is what it leaves with. */
export function expel(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes & { readonly presence?: Element },
): void {
  const sessions = unseatAll(room, occupant);
  announceDeparture(muc, room, occupant, { ...notes, sessions });
  muc.hooks.emit('expelled', { room, occupant, actor: notes.actor, codes: new Set(notes.codes) });
  for (const session of sessions) muc.hooks.emit('left', { room, occupant, session });
  if (room.occupantCount === 0) muc.vacated(room);
}

/** Empties a room: each occupant is told of its own removal only, since nobody is left to see the others go. */
function empty(muc: Muc, room: Room, notes: PresenceNotes): void {
  for (const occupant of [...room.occupants]) {
    occupant.stand({ affiliation: 'none', role: 'none' });
    const sessions = unseatAll(room, occupant);
    tellDeparture(muc, room, occupant, { ...notes, sessions });
    for (const session of sessions) muc.hooks.emit('left', { room, occupant, session });
  }
}

/** Destroys a room (s.10.9), perhaps in favour of another. */
export function destroyRoom(
  muc: Muc,
  room: Room,
  reason?: string,
  alternate?: string,
  password?: string,
): void {
  empty(muc, room, {
    destroy: el(
      'destroy',
      { jid: alternate },
      reason === undefined ? undefined : el('reason', {}, reason),
      password === undefined ? undefined : el('password', {}, password),
    ),
  });
  muc.end(room);
}

/** Empties a room because the service ends (status 332). */
export function shutRoom(muc: Muc, room: Room): void {
  empty(muc, room, { codes: [332] });
  muc.putAway(room);
}
