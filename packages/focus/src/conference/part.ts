/**
 * What a conference is made of: a core that knows the room and who is in it, and parts that hook into it, each with one task.
 * The core tells the parts what happens, in the order in which `parts.ts` lists them. Parts know the core only as it stands
 * here: what they want of it is that the focus says something in its presence, or that the conference ends.
 */
import type { Logger } from 'pino';
import type { ConferenceWishes } from '../request/conference-request.js';
import type { FocusPresence } from './focus-presence.js';
import type { ConferenceEvent, ConferenceState } from './lifecycle.js';
import type { Member } from './member.js';
import type { RoomMetadata } from './room-metadata.js';

/** How a conference came about. */
export interface ConferenceOrigin {
  /** Bare JID of whoever asked for it first. */
  readonly opener: string;
  readonly wishes: ConferenceWishes;
  /** Taken over from a focus that is no more: the Jingle sessions that it left behind, by nickname. */
  readonly formerSessions?: ReadonlyMap<string, string>;
  /** And the visitor nodes that it had connected. */
  readonly formerNodes?: readonly string[];
}

/** A conference whose room the focus is in, as its parts see it. */
export interface ConferenceCore {
  /** Bare JID of the room. */
  readonly room: string;
  readonly meetingId: string;
  /** Bare JID of the room that this is a breakout room of. */
  readonly mainRoom: string | undefined;
  readonly origin: ConferenceOrigin;
  readonly state: ConferenceState;
  /** Everybody in the room but the focus, by nickname. */
  readonly members: ReadonlyMap<string, Member>;
  readonly metadata: RoomMetadata;
  readonly presence: FocusPresence;
  readonly log: Logger;
  /** Whether people may come back from breakout rooms. */
  readonly hasBreakouts: () => boolean;
  readonly move: (event: ConferenceEvent) => void;
  /** Runs what comes from elsewhere than the core (a timer, an answer); an exception in it ends the conference. */
  readonly run: (event: () => void) => void;
  /** The same for what waits. */
  readonly watch: (task: Promise<void>) => void;
  /** Ends the conference. */
  readonly stop: (reason: string) => void;
}

/** One task of a conference. Every hook runs to its end before anything else happens in the conference. */
export interface ConferencePart {
  /** Somebody has come, or was there when the focus came. */
  memberJoined?(member: Member): void;
  /** Presence, role or affiliation of a member have changed. */
  memberChanged?(member: Member): void;
  /** Somebody has left, and is no member any more. @param status what its client said */
  memberLeft?(member: Member, status: string | undefined): void;
  /** Everybody whom the focus found in the room has been told of. */
  entered?(): void;
  /** The room's metadata have changed. @param json the notice that says so */
  described?(json: unknown): void;
  /** The conference is over; the focus leaves the room after this. */
  stopped?(): void;
}
