/**
 * What occupants see of one another (XEP-0045 s.7.1, s.7.7): presences rendered once for those who may see real JIDs
 * and once for the others, and the self-presence with its status codes.
 */
import { type Element, attribute, el, NS } from '@conclave/signaling';
import type { Muc } from './context.js';
import { Broadcast } from './broadcast.js';
import { deliver, deliverTo, readdressed } from './delivery.js';
import type { Occupant, OccupantSession } from './occupant.js';
import type { Room } from './room.js';

/** What a presence says beyond who the occupant is. */
export interface PresenceNotes {
  readonly codes?: Iterable<number>;
  readonly reason?: string | undefined;
  /** Who did it: somebody in the room. */
  readonly actor?: Occupant | undefined;
  /** The next nickname, with status 303. */
  readonly nick?: string;
  readonly destroy?: Element;
}

/** An occupant's departure: the presence is `unavailable` and shows only the sessions that go. */
export interface Departure extends PresenceNotes {
  readonly sessions: readonly OccupantSession[];
  /** The children of the presence by which it left, if it said anything. */
  readonly presence?: Element | undefined;
}

const reserved: ReadonlySet<string> = new Set([NS.muc, NS.mucUser, NS.occupantId, 'urn:xmpp:hats:0']);

function isReserved(child: Element): boolean {
  const namespace = child.getNS() ?? '';
  // A client's own `<origin-id/>` shares the namespace, and stays.
  return reserved.has(namespace) || (namespace === NS.stanzaId && child.getName() === 'stanza-id');
}

/** A client's presence or message as a room may pass it on: without what only the room may say, and without addresses. */
export function cleaned(stanza: Element): Element {
  const copy = readdressed(stanza, { 'xml:lang': attribute(stanza, 'xml:lang') });
  copy.children = stanza.children.filter((child) => typeof child !== 'object' || !isReserved(child));
  return copy;
}

interface Sight {
  readonly jids: boolean;
  /** Who the occupant is is kept from the receiver. */
  readonly guarded: boolean;
  readonly actorJid: boolean;
  readonly self: boolean;
}

function mucUser(
  occupant: Occupant,
  notes: PresenceNotes,
  departure: Departure | undefined,
  sight: Sight,
): Element {
  const standing = {
    affiliation: occupant.affiliation,
    // Who goes on under another name keeps the role.
    role: departure === undefined || departure.nick !== undefined ? occupant.role : 'none',
  };
  const primary = occupant.primary;
  const all = [primary, ...[...occupant.sessions].filter((session) => session !== primary)];
  const shown = sight.jids ? (departure?.sessions ?? all) : all.slice(0, 1);
  const details = [
    notes.actor &&
      el('actor', {
        nick: notes.actor.nick,
        jid: sight.actorJid ? notes.actor.person.toString() : undefined,
      }),
    notes.reason === undefined ? undefined : el('reason', {}, notes.reason),
  ];
  const items = shown.map((session, index) =>
    el(
      'item',
      { ...standing, jid: sight.jids ? session.jid.toString() : undefined, nick: notes.nick },
      index === 0 ? details : undefined,
    ),
  );
  const codes = new Set([...(sight.self ? [110] : []), ...(notes.codes ?? [])]);
  return el(
    'x',
    { xmlns: NS.mucUser },
    items,
    notes.destroy,
    [...codes].sort((a, b) => a - b).map((code) => el('status', { code })),
  );
}

/** The children of a presence with `<x muc#user/>` where clients look for it: after the rest, but before any other `x`. */
function withMucUser(payload: Element | undefined, x: Element): (Element | string)[] {
  const children = (payload?.children ?? []) as readonly (Element | string)[];
  const isX = (child: Element | string) => typeof child === 'object' && child.getName() === 'x';
  return [...children.filter((child) => !isX(child)), x, ...children.filter(isX)];
}

function render(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes,
  departure: Departure | undefined,
  sight: Sight,
): Element {
  const payload = departure === undefined ? occupant.primary.presence : departure.presence;
  const stanza = el('presence', {
    from: occupant.jid.toString(),
    type: departure === undefined ? undefined : 'unavailable',
    'xml:lang': payload && attribute(payload, 'xml:lang'),
  });
  stanza.children = withMucUser(payload, mucUser(occupant, notes, departure, sight));
  muc.hooks.emit('attributed', { room, occupant, stanza, guarded: sight.guarded });
  return stanza;
}

/** What kind of receiver somebody is: all of a kind are shown the same. Two bits, so that it may be a key. */
type Audience = number;
const seesJids = 1;
const isGuarded = 2;

function audienceOf(room: Room, receiver: Occupant): Audience {
  const jids = room.showsJidsTo(receiver) ? seesJids : 0;
  return room.keepsNamesFrom?.(receiver) === true ? jids | isGuarded : jids;
}

function sightOf(audience: Audience): Sight {
  const jids = (audience & seesJids) !== 0;
  return { jids, actorJid: jids, self: false, guarded: (audience & isGuarded) !== 0 };
}

function othersView(muc: Muc, room: Room, occupant: Occupant, audience: Audience): Broadcast {
  return occupant.view(audience, () => render(muc, room, occupant, {}, undefined, sightOf(audience)));
}

function isPlain(notes: PresenceNotes): boolean {
  return Object.values(notes).every((value) => value === undefined);
}

/** Tells the others what they may know: of a hidden occupant nothing, of one who is hidden from now on a departure. */
function tell(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes,
  departure: Departure | undefined,
): void {
  const wasShown = occupant.shown;
  occupant.shown = departure === undefined && room.broadcasts(occupant.role);
  if (departure !== undefined || occupant.shown) {
    if (wasShown || occupant.shown) tellOthers(muc, room, occupant, notes, departure);
  } else if (wasShown) {
    tellOthers(muc, room, occupant, {}, { sessions: [...occupant.sessions] });
  }
}

function tellOthers(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes,
  departure: Departure | undefined,
): void {
  const views = new Map<Audience, Broadcast>();
  const viewFor = (audience: Audience): Broadcast => {
    if (departure === undefined && isPlain(notes)) return othersView(muc, room, occupant, audience);
    const known = views.get(audience);
    if (known !== undefined) return known;
    const view = new Broadcast(render(muc, room, occupant, notes, departure, sightOf(audience)));
    views.set(audience, view);
    return view;
  };
  for (const receiver of room.occupants) {
    if (receiver.nick !== occupant.nick && room.shows(occupant, receiver)) {
      deliver(muc, receiver.sessions, viewFor(audienceOf(room, receiver)));
    }
  }
}

/** The presence of an occupant as it sees it itself. */
function selfPresence(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes,
  departure?: Departure,
): Element {
  const sight = { jids: true, actorJid: room.showsJidsTo(occupant), self: true, guarded: false };
  return render(muc, room, occupant, notes, departure, sight);
}

/** Shows all others whom the room shows, and hides from them whom it does not show any more. */
export function showByRole(muc: Muc, room: Room): void {
  for (const occupant of room.occupants) {
    if (occupant.shown !== room.broadcasts(occupant.role)) tell(muc, room, occupant, {}, undefined);
  }
}

/** Shows an occupant's presence to all others, and to its own sessions but `except`. */
export function announce(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  notes: PresenceNotes = {},
  except?: OccupantSession,
): void {
  tell(muc, room, occupant, notes, undefined);
  const own = [...occupant.sessions].filter((session) => session !== except);
  if (own.length > 0) {
    deliver(muc, own, new Broadcast(selfPresence(muc, room, occupant, notes)));
  }
}

/** Shows a departure to the others, and to the sessions that depart. */
export function announceDeparture(muc: Muc, room: Room, occupant: Occupant, departure: Departure): void {
  tell(muc, room, occupant, departure, departure);
  tellDeparture(muc, room, occupant, departure);
}

/** Shows a departure to the sessions that depart, and to nobody else. */
export function tellDeparture(muc: Muc, room: Room, occupant: Occupant, departure: Departure): void {
  const stanza = selfPresence(muc, room, occupant, departure, departure);
  deliver(muc, departure.sessions, new Broadcast(stanza));
}

/** Sends the presences of all others to one session: owners first, since clients look for the focus among them. */
export function sendOccupants(muc: Muc, room: Room, receiver: Occupant, session: OccupantSession): void {
  const audience = audienceOf(room, receiver);
  const others = [...room.occupants].filter(
    (other) => other !== receiver && other.shown && room.shows(other, receiver),
  );
  const first = others.filter((other) => other.affiliation === 'owner');
  const rest = others.filter((other) => other.affiliation !== 'owner');
  for (const other of [...first, ...rest]) deliver(muc, [session], othersView(muc, room, other, audience));
}

/** Sends one session its own presence, by which it knows that it is in. */
export function sendSelfPresence(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  session: OccupantSession,
  codes: Iterable<number>,
): void {
  deliverTo(muc, session, selfPresence(muc, room, occupant, { codes }));
}

/** One occupant's current presence, for one who asks for it (XEP-0045 s.17.3: a probe). */
export function sendOccupant(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  receiver: Occupant,
  session: OccupantSession,
): void {
  if (occupant === receiver) sendSelfPresence(muc, room, receiver, session, []);
  else deliver(muc, [session], othersView(muc, room, occupant, audienceOf(room, receiver)));
}
