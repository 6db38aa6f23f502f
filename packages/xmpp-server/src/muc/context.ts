/** A room service as its parts and the modules on top of it see it. */
import type { Element, Jid } from '@conclave/signaling';
import type { Logger } from 'pino';
import type { Hooks } from '../host/hooks.js';
import type { IqReply } from '../host/host.js';
import type { ConfigForm } from './config-form.js';
import type { MucEvents, RoomIq } from './events.js';
import type { MucOptions } from './options.js';
import type { RoomPart } from './room-record.js';
import type { RoomNames } from './room-names.js';
import type { Room } from './room.js';
import type { Whereabouts } from './whereabouts.js';

export type { RoomIq };

/** What takes time is answered when it is there, if the room has gone meanwhile or not; a rejection is an internal error. */
export type RoomIqHandler = (request: RoomIq) => IqReply | Promise<IqReply>;

export interface Muc {
  /** The domain of the service. */
  readonly jid: Jid;
  readonly options: MucOptions;
  readonly names: RoomNames;
  readonly hooks: Hooks<MucEvents>;
  readonly form: ConfigForm;
  readonly log: Logger;
  readonly rooms: ReadonlyMap<string, Room>;
  readonly whereabouts: Whereabouts;
  /** Milliseconds of the epoch. */
  now(): number;
  isAdmin(person: Jid): boolean;
  /** The live room of a bare JID; a persistent one may be stored, and live when somebody asks for it. */
  room(jid: Jid): Room | undefined;
  /** Claims the IQs to rooms that carry such a payload; the returned function gives them up. */
  handleIq(type: 'get' | 'set', name: string, namespace: string, handler: RoomIqHandler): () => void;
  /** Sends a stanza that says in `to` where it goes. */
  route(stanza: Element): void;
  /** Opens a room whose first occupant has been admitted. */
  register(room: Room): void;
  /** The last occupant has left: the room ends, unless it is persistent. */
  vacated(room: Room): void;
  /** Ends an empty room for good: nothing of it is left. */
  end(room: Room): void;
  /** Ends the life of an empty room; a persistent one stays stored. */
  putAway(room: Room): void;
  /** Keeps something with persistent rooms; the returned function withdraws it. */
  keep<T>(part: RoomPart<T>): () => void;
  /** Something about the room has changed that a persistent room keeps. */
  changed(room: Room): void;
  /** As `changed`; the answer is the empty result of an IQ that asked for the change: it comes when the change will not be lost any more. */
  stored(room: Room): null | Promise<null>;
  /** The ids of all rooms, live and stored; rejects if that cannot be said of each. */
  roomIds(): Promise<ReadonlySet<string>>;
  /** How many persistent rooms there are, and how many of them a person (a bare JID) has made. */
  storedRooms(founder: Jid): { readonly all: number; readonly own: number };
}
