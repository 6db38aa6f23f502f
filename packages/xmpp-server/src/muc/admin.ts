/** Moderation by `muc#admin` (XEP-0045 s.8, s.9): lists, and changes of which all are checked before any is made. */
import {
  affiliations,
  type Affiliation,
  attribute,
  childElements,
  type Element,
  el,
  isStanzaError,
  type Jid,
  NS,
  type Role,
  roles,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { IqReply } from '../host/host.js';
import {
  affiliationChangeRefused,
  affiliationListRefused,
  roleChangeRefused,
  type Standing,
} from './affiliations.js';
import type { Muc, RoomIq } from './context.js';
import type { Occupant } from './occupant.js';
import { compareAffiliations } from './ranks.js';
import type { Room } from './room.js';
import { changeAffiliation, changeRole } from './standing.js';

type Change = { readonly reason: string | undefined } & (
  | { readonly kind: 'affiliation'; readonly person: Jid; readonly affiliation: Affiliation }
  | { readonly kind: 'role'; readonly occupant: Occupant; readonly role: Role }
);

const maxReason = 1024;

function itemAffiliation(item: Element): Affiliation | undefined {
  return affiliations.find((each) => each === attribute(item, 'affiliation'));
}

function itemRole(item: Element): Role | undefined {
  return roles.find((each) => each === attribute(item, 'role'));
}

function itemReason(item: Element): string | undefined {
  return item.getChildText('reason')?.slice(0, maxReason) ?? undefined;
}

/** Whom an item is about: by bare JID a person, by nickname an occupant; the nickname decides where both stand beside a role. */
function decodeTarget(
  room: Room,
  item: Element,
): { occupant: Occupant | undefined; person: Jid } | StanzaError {
  const nick = attribute(item, 'nick');
  const jid = attribute(item, 'jid');
  const byNick = nick !== undefined && attribute(item, 'role') !== undefined;
  if (jid !== undefined && !byNick) {
    const person = tryParseJid(jid);
    if (person?.isBare !== true || person.local === undefined) return stanzaError('jid-malformed');
    return { occupant: room.occupantsOf(person)[0], person };
  }
  if (nick === undefined) return stanzaError('bad-request');
  const occupant = room.occupant(nick);
  return occupant === undefined ? stanzaError('item-not-found') : { occupant, person: occupant.person };
}

/** One `<item/>` of a set: an affiliation for a person, or a role for an occupant. */
function decodeChange(room: Room, item: Element): Change | StanzaError {
  const reason = itemReason(item);
  const hasRole = attribute(item, 'role') !== undefined;
  if (hasRole === (attribute(item, 'affiliation') !== undefined)) return stanzaError('bad-request');
  const role = itemRole(item);
  const affiliation = itemAffiliation(item);
  if (role === undefined && affiliation === undefined) {
    return stanzaError('not-acceptable', hasRole ? 'Unknown role' : 'Unknown affiliation');
  }
  const target = decodeTarget(room, item);
  if (isStanzaError(target)) return target;
  if (affiliation !== undefined) return { kind: 'affiliation', person: target.person, affiliation, reason };
  if (role === undefined || target.occupant === undefined) return stanzaError('item-not-found');
  return { kind: 'role', occupant: target.occupant, role, reason };
}

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

function set(muc: Muc, { room, from, payload }: RoomIq): IqReply {
  const items = payload.getChildren('item', NS.mucAdmin);
  if (items.length === 0) return stanzaError('bad-request');
  const changes: Change[] = [];
  for (const item of items) {
    const change = decodeChange(room, item);
    if (isStanzaError(change)) return change;
    const refused = changeRefused(room, from, change);
    if (refused !== undefined) return refused;
    changes.push(change);
  }
  if (new Set(changes.map(targetOf)).size < changes.length) return stanzaError('bad-request');
  const refused = outcomeRefused(muc, room, changes);
  if (refused !== undefined) return refused;
  const actor = room.seat(from)?.occupant;
  for (const change of changes) apply(muc, room, actor, change);
  const made = changes.map(
    (change) => `${targetOf(change)}: ${change.kind === 'role' ? change.role : change.affiliation}`,
  );
  muc.log.info(
    { room: room.jid.toString(), by: from.toString(), changes: made },
    'roles or affiliations changed',
  );
  return null;
}

/** Moderators, and those who would be if they were in the room (s.8.5). */
function moderates({ role, affiliation }: Standing): boolean {
  return role === 'moderator' || compareAffiliations(affiliation, 'admin') >= 0;
}

function list(room: Room, from: Jid, item: Element): Element[] | StanzaError {
  const standing = room.standing(from);
  const role = itemRole(item);
  const affiliation = itemAffiliation(item);
  if (role !== undefined && affiliation === undefined) {
    if (!moderates(standing)) return stanzaError('forbidden');
    const found = [...room.occupants].filter((occupant) => occupant.role === role);
    return found.map((occupant) =>
      el('item', {
        affiliation: occupant.affiliation,
        role,
        nick: occupant.nick,
        jid: occupant.primary.jid.toString(),
      }),
    );
  }
  if (affiliation === undefined || role !== undefined) return stanzaError('bad-request');
  const { membersOnly, whois } = room.config;
  const refused = affiliationListRefused(
    standing.affiliation,
    affiliation,
    membersOnly && whois === 'anyone',
  );
  if (refused !== undefined) return refused;
  return room
    .affiliations(affiliation)
    .map(({ jid, reason }) =>
      el(
        'item',
        { affiliation, jid: jid.toString() },
        reason === undefined ? undefined : el('reason', {}, reason),
      ),
    );
}

function get({ room, from, payload }: RoomIq): IqReply {
  const [item, ...more] = childElements(payload);
  if (item?.name !== 'item' || more.length > 0) return stanzaError('bad-request');
  const items = list(room, from, item);
  return isStanzaError(items) ? items : el('query', { xmlns: NS.mucAdmin }, items);
}

export function administration(muc: Muc): () => void {
  const undo = [
    muc.handleIq('get', 'query', NS.mucAdmin, get),
    muc.handleIq('set', 'query', NS.mucAdmin, (request) => set(muc, request)),
  ];
  return () => undo.forEach((each) => each());
}
