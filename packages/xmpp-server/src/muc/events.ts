/** What happens in the rooms of a service, as typed events: how each concern of a room reaches into it. */
import type { Affiliation, DataFormField, Element, Jid, StanzaError } from '@conclave/signaling';
import type { Handled } from '../host/host.js';
import type { ClientSession } from '../session/client-session.js';
import type { RoomConfig } from './config.js';
import type { Occupant, OccupantSession } from './occupant.js';
import type { Room } from './room.js';

/** A wish that will be granted or refused later: whoever holds it passes the presence on again when that time has come. */
export type Held = 'held';

/** A wish to enter. Nothing has been changed yet, and nothing will be if a handler refuses. */
export interface Admission {
  readonly room: Room;
  /** Real full JID. */
  readonly from: Jid;
  readonly nick: string;
  /** Whether the person administers the service. */
  readonly admin: boolean;
  /** `<x muc/>` of the presence. */
  readonly join: Element;
  readonly presence: Element;
  readonly origin: ClientSession | undefined;
  /** Later steps that do not matter, since an earlier one has found this person welcome. */
  readonly excused: Set<AdmissionStep>;
}

/** A wish to bear a nickname, on entering or later. */
export interface NickRequest {
  readonly room: Room;
  readonly from: Jid;
  readonly nick: string;
  /** The nickname it bears now, when it is in the room. */
  readonly current?: string;
}

interface RoomRequest {
  readonly jid: Jid;
  /** Full, as it came. */
  readonly presence: Element;
  readonly from: Jid;
  readonly admin: boolean;
  readonly origin: ClientSession | undefined;
}

/** A stanza of an occupant that goes to others; `stanza` is a copy without `to` that handlers may add to. */
interface OccupantStanza {
  readonly room: Room;
  readonly occupant: Occupant;
  readonly stanza: Element;
  /** A presence for those from whom it is kept who the occupant is. */
  readonly guarded?: boolean;
}

interface GroupMessage extends OccupantStanza {
  readonly session: OccupantSession;
}

interface PrivateMessage extends OccupantStanza {
  readonly target: Occupant;
}

/** An IQ get or set of an occupant to another; handlers may put a changed copy in the place of `stanza`. */
export interface OccupantIq {
  readonly room: Room;
  readonly occupant: Occupant;
  readonly target: Occupant;
  stanza: Element;
}

/** A message to the room itself that is not for the group: invitations, requests. */
export interface RoomMessage {
  readonly room: Room;
  readonly from: Jid;
  readonly stanza: Element;
}

interface Said {
  readonly room: Room;
  readonly stanza: Element;
  /** Real bare JID; undefined: it is the room's own word. */
  readonly author: Jid | undefined;
}

export interface Retraction {
  readonly room: Room;
  /** The id that the room has given the message (XEP-0359). */
  readonly id: string;
  /** Who takes it back, if it is this person's own; undefined: whose it is does not matter. */
  readonly author: Jid | undefined;
  /** `<retracted/>`, which may stand in its place (XEP-0424 s.4). */
  readonly tombstone: Element;
}

interface Arrival {
  readonly room: Room;
  readonly occupant: Occupant;
  readonly session: OccupantSession;
}

/** An IQ get or set to a room's bare JID. */
export interface RoomIq {
  readonly room: Room;
  readonly from: Jid;
  readonly type: 'get' | 'set';
  readonly payload: Element;
}

interface Expulsion {
  readonly room: Room;
  readonly occupant: Occupant;
  /** Who in the room did it. */
  readonly actor: Occupant | undefined;
  /** The status codes by which it was announced. */
  readonly codes: ReadonlySet<number>;
}

interface AffiliationChange {
  readonly room: Room;
  /** Bare. */
  readonly person: Jid;
  readonly before: Affiliation;
  readonly after: Affiliation;
  /** Who in the room did it. */
  readonly actor: Occupant | undefined;
}

export interface MucEvents {
  /** Somebody would create a room by entering it. */
  'room-requested': { payload: RoomRequest; result: StanzaError | Held | 'granted' };
  'room-created': { payload: Room; result: never };
  /** A persistent room lives again: somebody has asked for it. */
  'room-restored': { payload: Room; result: never };
  /** Its last occupant has left; who answers keeps it nevertheless, and says `muc.vacated` again when that is over. */
  'room-vacated': { payload: Room; result: 'kept' };
  /** It lives no more; a persistent one may be restored. */
  'room-gone': { payload: Room; result: never };
  /** Nothing of it is left; it was live until now. */
  'room-ended': { payload: Room; result: never };
  /** A persistent room is stored, though nobody has asked for it since the service started. */
  'room-known': { payload: { readonly jid: Jid; readonly config: RoomConfig }; result: never };
  /** In the order of `admissionOrder`. */
  admission: { payload: Admission; result: StanzaError | Held };
  /** Nothing refuses it any more; handlers write down what its affiliation is to be. */
  admitted: { payload: Admission; result: never };
  'nick-requested': { payload: NickRequest; result: StanzaError };
  /** Seated, but it has not been told yet; handlers add to the status codes of its self-presence. */
  entering: { payload: Arrival & { readonly codes: Set<number> }; result: never };
  /** All that belongs to the entrance has been sent. */
  entered: { payload: Arrival; result: never };
  left: { payload: Arrival; result: never };
  /** Removed, and everybody has been told: kicked, banned, or shown out of a room that is for members. */
  expelled: { payload: Expulsion; result: never };
  /** Recorded; those of the person's sessions that are in the room do not show it yet. */
  'affiliation-changing': { payload: AffiliationChange; result: never };
  /** And now they do, or are out of it. */
  'affiliation-changed': { payload: AffiliationChange; result: never };
  /** An occupant says something new of itself, or takes another nickname. */
  'presence-changing': { payload: Arrival; result: StanzaError };
  /** It does, and the others have been told. */
  'presence-changed': { payload: Arrival; result: never };
  /** A presence is about to be shown, a message to be passed on: handlers add what the room says of the sender. */
  attributed: { payload: OccupantStanza; result: never };
  groupchat: { payload: GroupMessage; result: StanzaError | Handled };
  /** A message of an occupant is kept for those who come later; handlers add what they will need to know that cannot be seen then. */
  remembered: {
    payload: { readonly room: Room; readonly occupant: Occupant; readonly notes: Element[] };
    result: never;
  };
  /** All have been sent a message that is for all. */
  said: { payload: Said; result: never };
  /** Something that was said is taken back. */
  retracted: { payload: Retraction; result: never };
  'private-message': { payload: PrivateMessage; result: StanzaError };
  'occupant-asked': { payload: OccupantIq; result: StanzaError };
  /** An IQ get or set to the room, before anybody answers it. */
  'room-iq': { payload: RoomIq; result: StanzaError };
  'room-message': { payload: RoomMessage; result: StanzaError | Handled };
  /** An owner has submitted the form, whether anything changes or not, or has given it up. */
  'configuration-answered': {
    payload: { readonly room: Room; readonly answer: 'submit' | 'cancel' };
    result: never;
  };
  /** Put in force; handlers add to the status codes of the announcement. */
  configured: {
    payload: {
      readonly room: Room;
      /** Whose wish it was: an owner's real full JID. */
      readonly by: Jid;
      readonly changed: ReadonlySet<keyof RoomConfig>;
      readonly codes: Set<number>;
    };
    result: never;
  };
  /** Service discovery asks for a node of the room; the answer is a `<query/>`, or that there is none. */
  'node-asked': {
    payload: {
      readonly room: Room;
      /** Real full JID. */
      readonly from: Jid;
      readonly kind: 'info' | 'items';
      readonly node: string;
    };
    result: Element | StanzaError;
  };
  /** Service discovery asks for the room; handlers add features and fields of `muc#roominfo`. */
  described: {
    payload: { readonly room: Room; readonly features: string[]; readonly fields: DataFormField[] };
    result: never;
  };
}

/**
 * The order in which the reasons to refuse an admission are looked at; a contract, since they interact: a lobby must
 * not hide that the room is full, a password must not be asked of whom the lobby will not let in.
 */
export const admissionOrder = [
  'locked',
  'token',
  'resource',
  'max-occupants',
  'rate',
  'focus-lock',
  'visitors',
  'lobby',
  'members-only',
  'whitelist',
  'ban',
  'password',
] as const;

export type AdmissionStep = (typeof admissionOrder)[number];

/** The priority at which a handler of `admission` belongs. */
export function admissionPriority(step: AdmissionStep): number {
  return admissionOrder.length - admissionOrder.indexOf(step);
}
