/** Moderation by `muc#admin` (XEP-0045 s.8, s.9): lists, and changes of roles and affiliations. */
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
import { affiliationListRefused, type Standing } from './affiliations.js';
import { type Change, makeChanges } from './changes.js';
import type { Muc, RoomIq } from './context.js';
import type { Occupant } from './occupant.js';
import { compareAffiliations } from './ranks.js';
import type { Room } from './room.js';

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

/** Moderators, and those who would be if they were in the room (s.8.5). */
function moderates({ role, affiliation }: Standing): boolean {
  return role === 'moderator' || compareAffiliations(affiliation, 'admin') >= 0;
}

function set(muc: Muc, { room, from, payload }: RoomIq): IqReply | Promise<IqReply> {
  // Before anything is looked up: whether a nickname is taken is nobody else's business.
  if (!moderates(room.standing(from))) return stanzaError('forbidden');
  const items = payload.getChildren('item', NS.mucAdmin);
  if (items.length === 0) return stanzaError('bad-request');
  const changes: Change[] = [];
  for (const item of items) {
    const change = decodeChange(room, item);
    if (isStanzaError(change)) return change;
    changes.push(change);
  }
  return makeChanges(muc, room, from, changes) ?? muc.stored(room);
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
  const refused = affiliationListRefused(standing.affiliation, affiliation, room.showsMembersTo(standing));
  if (refused !== undefined) return refused;
  return room
    .affiliations(affiliation)
    .map(({ jid, reason, nick }) =>
      el(
        'item',
        { affiliation, jid: jid.toString(), nick },
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
