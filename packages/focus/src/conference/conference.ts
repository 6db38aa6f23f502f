/**
 * One conference: from the request that opened it until its room is empty. This is its core: the focus enters the room, knows
 * who is in it, and tells the parts. Every event runs to its end before the next one of this conference; whatever waits
 * (invitations, the entry itself) does so outside of events and never holds up another conference.
 */
import { type StanzaError, stanzaError } from '@conclave/signaling';
import type { MucRoom, Occupant } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import { FocusPresence } from './focus-presence.js';
import { type ConferenceEvent, type ConferenceState, transition } from './lifecycle.js';
import { Member } from './member.js';
import type { ConferenceCore, ConferenceOrigin, ConferencePart } from './part.js';
import { assembleParts, type ConferenceParts, type ConferenceSurroundings } from './parts.js';
import { enterRoom } from './room-entry.js';
import { NO_METADATA, readMetadata } from './room-metadata.js';
import { servicesOf } from './services.js';

export interface ConferenceContext extends ConferenceSurroundings {
  readonly log: Logger;
  readonly version: string;
  /** The version of bridges that a room is pinned to now. */
  readonly pinnedVersion: (room: string) => string | undefined;
  /** Domain of accounts that may say in presence that they are recorders, gateways or transcribers. */
  readonly serviceDomains: ReadonlySet<string>;
  /** Claims the meeting's id for this conference; false when another has it. */
  readonly claimMeeting: (meetingId: string, conference: Conference) => boolean;
  /** Whether people may come back from breakout rooms. */
  readonly hasBreakouts: () => boolean;
  readonly onStopped: (conference: Conference) => void;
}

export class Conference {
  /** Bare JID of the room. */
  readonly room: string;
  readonly origin: ConferenceOrigin;
  /** Bare JID of the room that this is a breakout room of. */
  mainRoom: string | undefined;
  /** Settles once: with nothing when the focus is in the room, or with why it can not be. */
  readonly ready: Promise<StanzaError | undefined>;
  readonly #context: ConferenceContext;
  readonly #log: Logger;
  readonly #begun: number;
  readonly #pinnedVersion: string | undefined;
  readonly #presence: FocusPresence;
  readonly #members = new Map<string, Member>();
  #metadata = NO_METADATA;
  #state: ConferenceState = 'joining';
  #entered:
    { readonly meetingId: string; readonly muc: MucRoom; readonly parts: ConferenceParts } | undefined;
  /** What was to be told to the parts before there were any. */
  readonly #early: ((parts: ConferenceParts) => void)[] = [];

  constructor(room: string, origin: ConferenceOrigin, context: ConferenceContext) {
    this.room = room;
    this.origin = origin;
    this.#context = context;
    this.#log = context.log.child({ room });
    this.#begun = context.clock.now();
    this.#pinnedVersion = context.pinnedVersion(room);
    const { settings, random, version } = context;
    this.#presence = new FocusPresence(
      version,
      settings.randomDocumentName ? random.uuid().replaceAll('-', '') : room.slice(0, room.indexOf('@')),
    );
    this.ready = this.#enter().catch((error: unknown) => {
      this.#crash(error);
      return stanzaError('internal-server-error');
    });
  }

  /** Undefined while the focus is not in the room yet. */
  get meetingId(): string | undefined {
    return this.#entered?.meetingId;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get participantCount(): number {
    return this.ask(({ media }) => media.participants.size, 0);
  }

  /** Its state, for operators. */
  get state(): Readonly<Record<string, unknown>> {
    return {
      room: this.room,
      state: this.#state,
      members: this.#members.size,
      participants: this.ask(({ media }) => media.participantStates, []),
    };
  }

  /** Ids of the Jingle sessions, by nickname. */
  get sessions(): ReadonlyMap<string, string> {
    // Until it is in the room, the sessions that it found are all there is.
    return this.ask(({ media }) => media.sessions, this.origin.formerSessions ?? new Map<string, string>());
  }

  /** Something has happened that concerns the conference; while the focus enters its room, this waits. */
  tell(event: (parts: ConferenceParts) => void): void {
    const { parts } = this.#entered ?? {};
    if (parts) this.#run(() => event(parts));
    else if (this.#state === 'joining') this.#early.push(event);
  }

  /** Asks the parts, or has them do something. @param otherwise the answer of a conference that is not running */
  ask<T>(question: (parts: ConferenceParts) => T, otherwise: T): T {
    const { parts } = this.#entered ?? {};
    return parts ? (this.#run(() => question(parts), otherwise) as T) : otherwise;
  }

  /** Answers what the occupant `nick` wants. */
  answer<T>(
    nick: string,
    question: (member: Member, parts: ConferenceParts) => T,
    stranger = stanzaError('item-not-found', 'not in this conference'),
  ): T | StanzaError {
    const member = this.#members.get(nick);
    return member
      ? this.ask<T | StanzaError>(
          (parts) => question(member, parts),
          stanzaError('internal-server-error', 'the conference is over'),
        )
      : stranger;
  }

  /** The room's metadata have changed. */
  described(json: unknown): void {
    this.#metadata = readMetadata(json, this.#metadata) ?? this.#metadata;
    this.tell(() => this.#each((part) => part.described?.(json)));
  }

  /** Ends the conference: endpoints expire, the focus leaves. Nothing is signalled; clients see the focus go. */
  stop(reason: string): void {
    if (this.#state === 'stopped') return;
    this.#move('stop');
    const { clock, tally } = this.#context;
    const seconds = Math.round((clock.now() - this.#begun) / 1000);
    tally.add('conferences_seconds', seconds);
    this.#log.info({ reason, seconds }, 'conference ended');
    try {
      this.#each((part) => part.stopped?.());
    } finally {
      this.#entered?.muc.leave();
      this.#context.onStopped(this);
    }
  }

  async #enter(): Promise<StanzaError | undefined> {
    const { connection, random, claimMeeting } = this.#context;
    const entry = await enterRoom(connection, this.room, this.#presence.extensions, this.#log);
    if (this.#state !== 'joining') {
      if (entry.kind === 'entered') entry.room.leave();
      return stanzaError('service-unavailable', 'the conference was stopped');
    }
    if (entry.kind === 'failed') {
      this.#log.warn({ condition: entry.error.condition, text: entry.error.text }, 'room not joined');
      this.stop('room not joined');
      return entry.error;
    }
    const { formerSessions } = this.origin;
    if (formerSessions && entry.created) {
      entry.room.leave();
      this.stop('the room is gone');
      return stanzaError('item-not-found', 'the conference is over');
    }
    this.mainRoom = entry.mainRoom;
    const meetingId = entry.meetingId ?? random.uuid();
    if (!claimMeeting(meetingId, this)) {
      entry.room.leave();
      this.stop('meeting id in use');
      return stanzaError('conflict', 'another conference has the same meeting id');
    }
    this.#log.info({ meetingId }, formerSessions ? 'conference taken over' : 'conference created');
    this.#move('joined');
    const parts = assembleParts(this.#core(meetingId), this.#context, this.#pinnedVersion);
    this.#entered = { meetingId, muc: entry.room, parts };
    this.#presence.attach((extensions) => entry.room.setPresence(extensions));
    for (const event of this.#early.splice(0)) this.tell(event);
    this.#observe(entry.room);
    for (const occupant of entry.room.occupants.values()) this.#run(() => this.#memberJoined(occupant));
    this.tell(() => this.#each((part) => part.entered?.()));
    return undefined;
  }

  #core(meetingId: string): ConferenceCore {
    const stateNow = () => this.#state;
    const metadataNow = () => this.#metadata;
    return {
      room: this.room,
      meetingId,
      mainRoom: this.mainRoom,
      origin: this.origin,
      get state() {
        return stateNow();
      },
      members: this.#members,
      get metadata() {
        return metadataNow();
      },
      presence: this.#presence,
      log: this.#log,
      hasBreakouts: this.#context.hasBreakouts,
      move: (event) => this.#move(event),
      run: (event) => this.#run(event),
      watch: (task) => void task.catch((error: unknown) => this.#crash(error)),
      stop: (reason) => this.stop(reason),
    };
  }

  #observe(muc: MucRoom): void {
    muc.on('joined', (occupant) => this.#run(() => this.#memberJoined(occupant)));
    muc.on('changed', (occupant) => this.#run(() => this.#memberChanged(occupant)));
    muc.on('left', ({ occupant, status }) => this.#run(() => this.#memberLeft(occupant, status)));
    muc.on('self', ({ affiliation }) => {
      if (affiliation !== 'owner') this.stop('the focus no longer owns the room');
    });
    muc.on('ended', (end) => this.stop(`room ${end}`));
  }

  #memberJoined(occupant: Occupant): void {
    const member = new Member(occupant, this.#context.settings.restarts);
    member.services = servicesOf(occupant, this.#context.serviceDomains);
    this.#members.set(member.nick, member);
    this.#log.debug({ member: member.nick, members: this.#members.size }, 'member joined');
    this.#each((part) => part.memberJoined?.(member));
  }

  #memberChanged(occupant: Occupant): void {
    const member = this.#members.get(occupant.nick);
    if (!member) return;
    member.changed(occupant);
    member.services = servicesOf(occupant, this.#context.serviceDomains);
    this.#each((part) => part.memberChanged?.(member));
  }

  #memberLeft(occupant: Occupant, status: string | undefined): void {
    const member = this.#members.get(occupant.nick);
    if (!member) return;
    this.#members.delete(member.nick);
    this.#log.debug({ member: member.nick, members: this.#members.size }, 'member left');
    this.#each((part) => part.memberLeft?.(member, status));
  }

  #each(hook: (part: ConferencePart) => void): void {
    for (const part of this.#entered?.parts.hooked ?? []) hook(part);
  }

  #move(event: ConferenceEvent): void {
    this.#state = transition(this.#state, event);
  }

  /** Runs an event to its end. An exception is a bug: it ends this conference and nothing else. */
  #run<T>(event: () => T, otherwise?: T): T | undefined {
    if (this.#state === 'stopped') return otherwise;
    try {
      return event();
    } catch (error) {
      this.#crash(error);
      return otherwise;
    }
  }

  #crash(error: unknown): void {
    this.#log.error({ err: error }, 'conference failed');
    this.stop('failure');
  }
}
