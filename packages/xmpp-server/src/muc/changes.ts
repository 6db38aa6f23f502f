/** Changes of roles and affiliations that somebody asks for (XEP-0045 s.8, s.9, s.10): all are checked before any is made. */
import { type Affiliation, type Jid, type Role, type StanzaError, stanzaError } from '@conclave/signaling';
import { affiliationChangeRefused, roleChangeRefused } from './affiliations.js';
import type { Muc } from './context.js';
import type { Occupant } from './occupant.js';
import type { Room } from './room.js';
import { changeAffiliation, changeRole } from './standing.js';

export type Change = { readonly reason: string | undefined } & (
  | { readonly kind: 'affiliation'; readonly person: Jid; readonly affiliation: Affiliation }
  | { readonly kind: 'role'; readonly occupant: Occupant; readonly role: Role }
);

function changeRefused(room: Room, actor: Jid, change: Change): StanzaError | undefined {
  const standing = room.standing(actor);
  const target = change.kind === 'role' ? change.occupant.person : change.person;
  if (change.kind === 'role') {
    const refused = roleChangeRefused(standing, change.occupant, change.role);
    if (refused !== undefined) return refused;
  } else {
    if (change.affiliation === 'outcast' && target.equals(actor.bare) && standing.affiliation !== 'none') {
      return stanzaError('conflict', 'Nobody can ban himself');
    }
    const before = room.affiliation(target);
    const refused = affiliationChangeRefused(standing.affiliation, before, change.affiliation);
    if (refused !== undefined) return refused;
  }
  // Administrators of the service, the focus among them, hold every room together: nobody in it can touch them.
  return room.isServiceAdmin(target) && !target.equals(actor.bare) ? stanzaError('not-allowed') : undefined;
}

/** A room keeps an owner, and its lists stay within their limit. */
function outcomeRefused(muc: Muc, room: Room, changes: readonly Change[]): StanzaError | undefined {
  const owners = room.owners();
  const owned = owners.size > 0;
  let growth = 0;
  for (const change of changes) {
    if (change.kind === 'role' || room.isServiceAdmin(change.person)) continue;
    const person = change.person.toString();
    if (change.affiliation === 'owner') owners.add(person);
    else owners.delete(person);
    if (change.affiliation !== 'none' && room.affiliation(change.person) === 'none') growth += 1;
  }
  if (owned && owners.size === 0) return stanzaError('conflict', 'A room keeps at least one owner');
  return growth > 0 && room.affiliationCount + growth > muc.options.limits.affiliations
    ? stanzaError('resource-constraint', 'Too many affiliations')
    : undefined;
}

function targetOf(change: Change): string {
  return change.kind === 'role' ? `role ${change.occupant.nick}` : `affiliation ${change.person.toString()}`;
}

function apply(muc: Muc, room: Room, actor: Occupant | undefined, change: Change): void {
  const notes = { actor, reason: change.reason };
  if (change.kind === 'affiliation') {
    if (!room.isServiceAdmin(change.person)) {
      changeAffiliation(muc, room, change.person, change.affiliation, notes);
    }
  } else if (room.occupant(change.occupant.nick) === change.occupant) {
    changeRole(muc, room, change.occupant, change.role, notes);
  }
}

/** Who asks for several changes has all of them made, or none and the reason why. */
export function makeChanges(
  muc: Muc,
  room: Room,
  by: Jid,
  changes: readonly Change[],
): StanzaError | undefined {
  const refused = changesRefused(muc, room, by, changes);
  if (refused !== undefined || changes.length === 0) return refused;
  const actor = room.seat(by)?.occupant;
  for (const change of changes) apply(muc, room, actor, change);
  const made = changes.map(
    (change) => `${targetOf(change)}: ${change.kind === 'role' ? change.role : change.affiliation}`,
  );
  muc.log.info(
    { room: room.jid.toString(), by: by.toString(), changes: made },
    'roles or affiliations changed',
  );
  return undefined;
}

/** Why not all of these changes can be made. */
export function changesRefused(
  muc: Muc,
  room: Room,
  by: Jid,
  changes: readonly Change[],
): StanzaError | undefined {
  for (const change of changes) {
    const refused = changeRefused(room, by, change);
    if (refused !== undefined) return refused;
  }
  if (new Set(changes.map(targetOf)).size < changes.length) return stanzaError('bad-request');
  return outcomeRefused(muc, room, changes);
}
