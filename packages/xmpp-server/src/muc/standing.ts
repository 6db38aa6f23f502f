/** What a change of affiliation or role does to those in the room (XEP-0045 s.5, s.8, s.9): shown at once, or shown out. */
import { type Affiliation, el, type Jid, NS, type Role } from '@conclave/signaling';
import { Broadcast } from './broadcast.js';
import type { Muc } from './context.js';
import { deliver } from './delivery.js';
import { expel } from './leaving.js';
import type { Occupant } from './occupant.js';
import { announce, sendOccupants } from './presence.js';
import { roleAfter } from './ranks.js';
import type { Room } from './room.js';
import type { Standing } from './affiliations.js';

/** Why it happens, for all to see. */
export interface ChangeNotes {
  readonly actor?: Occupant | undefined;
  readonly reason?: string | undefined;
}

/** Puts an occupant on another standing, for all to see. */
function restand(muc: Muc, room: Room, occupant: Occupant, standing: Standing, notes: ChangeNotes): void {
  const sawJids = room.showsJidsTo(occupant);
  occupant.stand(standing);
  announce(muc, room, occupant, notes);
  if (room.showsJidsTo(occupant) === sawJids) return;
  for (const session of occupant.sessions) sendOccupants(muc, room, occupant, session);
}

/** Changes a role; `none` is a kick (status 307). */
export function changeRole(muc: Muc, room: Room, occupant: Occupant, role: Role, notes: ChangeNotes): void {
  if (role === 'none') expel(muc, room, occupant, { ...notes, codes: [307] });
  else restand(muc, room, occupant, { affiliation: occupant.affiliation, role }, notes);
}

function standAfter(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  affiliation: Affiliation,
  notes: ChangeNotes,
): void {
  const { affiliation: before, role } = occupant;
  const excluded = room.config.membersOnly && affiliation === 'none';
  if (affiliation === 'outcast' || excluded) {
    occupant.stand({ affiliation, role: 'none' });
    expel(muc, room, occupant, { ...notes, codes: [affiliation === 'outcast' ? 301 : 321] });
    return;
  }
  const after = roleAfter(role, before, affiliation, room.config.moderated);
  restand(muc, room, occupant, { affiliation, role: after }, notes);
}

/** Tells those who may see real JIDs about somebody who is not in the room (s.9). */
function announceAbsent(
  muc: Muc,
  room: Room,
  person: Jid,
  affiliation: Affiliation,
  notes: ChangeNotes,
): void {
  const message = el(
    'message',
    { from: room.jid.toString() },
    el(
      'x',
      { xmlns: NS.mucUser },
      el(
        'item',
        { affiliation, role: 'none', jid: person.toString() },
        notes.actor && el('actor', { nick: notes.actor.nick }),
        notes.reason === undefined ? undefined : el('reason', {}, notes.reason),
      ),
    ),
  );
  const broadcast = new Broadcast(message);
  for (const receiver of room.occupants) {
    if (room.showsJidsTo(receiver)) deliver(muc, receiver.sessions, broadcast);
  }
}

/** Changes a person's affiliation, and whatever follows from it for those of its sessions that are in the room. */
export function changeAffiliation(
  muc: Muc,
  room: Room,
  person: Jid,
  affiliation: Affiliation,
  notes: ChangeNotes = {},
): void {
  const before = room.affiliation(person);
  room.recordAffiliation(person, affiliation, notes.reason);
  muc.changed(room);
  const change = { room, person, before, after: affiliation, actor: notes.actor };
  muc.hooks.emit('affiliation-changing', change);
  const present = room.occupantsOf(person);
  for (const occupant of present) standAfter(muc, room, occupant, affiliation, notes);
  if (present.length === 0 && before !== affiliation) announceAbsent(muc, room, person, affiliation, notes);
  muc.hooks.emit('affiliation-changed', change);
}
