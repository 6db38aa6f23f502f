/**
 * One conference: from the request that opened it until its room is empty. The focus sits in the room, knows its members,
 * invites them once there are enough, and ends with the room. Every event runs to its end before the next one of this
 * conference; whatever waits (invitations, the entry itself) does so outside of events and never holds up another conference.
 */
import { type Dial, type Jibri, type Jingle, type StanzaError, stanzaError } from '@conclave/signaling';
import type { IqAnswer, MucRoom, Occupant, XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Bridge } from '../bridges/bridge.js';
import type { BridgeTable } from '../bridges/bridge-table.js';
import { ConferenceBridges } from '../bridges/conference-bridges.js';
import type { Clock, Timer } from '../clock.js';
import { answerDial } from '../dial/dial.js';
import type { Gateways } from '../dial/gateways.js';
import type { FeatureDiscovery } from '../jingle/discovery.js';
import type { Random } from '../random.js';
import type { Recorders } from '../recording/recorders.js';
import type { RecordingOptions } from '../recording/recording.js';
import { Recordings } from '../recording/recordings.js';
import type { ConferenceWishes } from '../request/conference-request.js';
import type { ConferenceSettings } from '../options.js';
import { AvModeration, type ModeratedMedium, type ModerationNotice } from './av-moderation.js';
import { FocusPresence } from './focus-presence.js';
import { Invitations } from './invitations.js';
import { answerJingle } from './jingle-actions.js';
import { type ConferenceEvent, type ConferenceState, transition } from './lifecycle.js';
import { Member } from './member.js';
import { answerMute, type MuteRequest, orderMute } from './mute.js';
import { grantByIq, type GrantOwnership, type OwnershipPolicy } from './ownership.js';
import { Participants } from './participants.js';
import { enterRoom, FOCUS_NICK } from './room-entry.js';
import { NO_METADATA, readMetadata } from './room-metadata.js';
import { exhaustedMedia } from './senders.js';
import { MEDIA_TYPES } from './source-set.js';
import { servicesOf } from './services.js';
import { startMuted } from './start-muted.js';

export interface ConferenceContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly bridges: BridgeTable;
  /** The version of bridges that a room is pinned to now. */
  readonly pinnedVersion: (room: string) => string | undefined;
  readonly discovery: FeatureDiscovery;
  readonly settings: ConferenceSettings;
  readonly version: string;
  readonly ownership: (grant: GrantOwnership) => OwnershipPolicy;
  /** Claims the meeting's id for this conference; false when another has it. */
  readonly claimMeeting: (meetingId: string, conference: Conference) => boolean;
  readonly recorders: Recorders;
  readonly recording: RecordingOptions;
  readonly gateways: Gateways;
  /** Domain of accounts that may say in presence that they are recorders, gateways or transcribers. */
  readonly serviceDomains: ReadonlySet<string>;
  readonly onStopped: (conference: Conference) => void;
  /** Whether people may come back from breakout rooms. */
  readonly hasBreakouts: () => boolean;
  /** What a successor has to know of it has changed; resolves when it would find that. */
  readonly onChanged: () => Promise<void>;
}

/** How a conference came about. */
export interface ConferenceOrigin {
  /** Bare JID of whoever asked for it first. */
  readonly opener: string;
  readonly wishes: ConferenceWishes;
  /** Taken over from a focus that is no more: the Jingle sessions that it left behind, by nickname. */
  readonly formerSessions?: ReadonlyMap<string, string>;
}

const sameMedia = (one: ReadonlySet<ModeratedMedium>, other: ReadonlySet<ModeratedMedium>): boolean =>
  one.size === other.size && [...one].every((medium) => other.has(medium));

/** What clients say when they leave a room for another of the same meeting (client contract). */
const SWITCHES_ROOM = 'switch_room';

const EXPIRED = { condition: 'expired', text: 'Idle session timeout' };

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
  readonly #presence: FocusPresence;
  readonly #members = new Map<string, Member>();
  readonly #participants: Participants;
  readonly #ownership: OwnershipPolicy;
  readonly #moderation = new AvModeration();
  readonly #recordings: Recordings;
  readonly #pinnedVersion: string | undefined;
  #metadata = NO_METADATA;
  #state: ConferenceState = 'joining';
  #entered: { readonly muc: MucRoom; readonly invitations: Invitations } | undefined;
  #startTimer: Timer | undefined;
  #singleTimer: Timer | undefined;

  constructor(room: string, origin: ConferenceOrigin, context: ConferenceContext) {
    this.room = room;
    this.origin = origin;
    this.#context = context;
    this.#log = context.log.child({ room });
    this.#pinnedVersion = context.pinnedVersion(room);
    this.#presence = new FocusPresence(context.version);
    this.#participants = new Participants(context.settings, context.clock);
    this.#recordings = new Recordings({
      connection: context.connection,
      clock: context.clock,
      log: this.#log,
      recorders: context.recorders,
      options: context.recording,
      room,
      newSessionId: () => context.random.uuid(),
      publish: (name, notice) => this.#presence.setNotice(name, notice),
    });
    this.#ownership = context.ownership(grantByIq(context.connection, room, this.#log));
    this.ready = this.#enter().catch((error: unknown) => {
      this.#crash(error);
      return stanzaError('internal-server-error');
    });
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get participantCount(): number {
    return this.#participants.size;
  }

  /** Its state, for operators. */
  get state(): Readonly<Record<string, unknown>> {
    return {
      room: this.room,
      state: this.#state,
      members: this.#members.size,
      participants: this.#participants.all().map(({ endpointId, jingle, bridge }) => ({
        id: endpointId,
        session: jingle?.state ?? null,
        bridge: bridge?.bridge.nick ?? null,
      })),
    };
  }

  /** Endpoints on a bridge, or on all of them. */
  endpointsOn(bridge?: Bridge): number {
    return this.#entered?.invitations.endpointsOn(bridge) ?? 0;
  }

  /** Invites participants of a bridge (of any without one) anew, at most so many; `endpoint` names a single one. Says how many. */
  moveFrom(bridge: Bridge | undefined, count: number, endpoint?: string): number {
    return this.#guarded(() => this.#entered?.invitations.moveFrom(bridge, count, endpoint)) ?? 0;
  }

  /** Ids of the Jingle sessions, by nickname. */
  get sessions(): Map<string, string> {
    // Until it is in the room, the sessions that it found are all there is.
    if (this.#state === 'joining') return new Map(this.origin.formerSessions);
    return new Map(
      this.#participants
        .all()
        .flatMap(({ endpointId, jingle }) => (jingle ? [[endpointId, jingle.sid]] : [])),
    );
  }

  /** Somebody asks for this conference again: whoever it is gets the time to come. */
  requested(): void {
    if (this.#startTimer) this.#awaitFirstMember();
  }

  /** A login is now bound to this full JID. */
  authenticated(fullJid: string): void {
    this.#guarded(() => this.#ownership.authenticated(fullJid, this.#members.values()));
  }

  bridgeAvailable(): void {
    this.#guarded(() => this.#entered?.invitations.bridgeAvailable());
  }

  bridgeLost(bridge: Bridge): void {
    this.#guarded(() => this.#entered?.invitations.bridgeLost(bridge));
  }

  /** One of its breakout rooms is over. */
  breakoutEnded(): void {
    if (this.#members.size === 0 && !this.#context.hasBreakouts()) this.#awaitFirstMember();
  }

  /** Answers a Jingle IQ of the occupant `nick`: an error, or nothing for a result. */
  jingle(nick: string, jingle: Jingle): StanzaError | undefined {
    const member = this.#members.get(nick);
    const invitations = this.#entered?.invitations;
    if (!member || !invitations) return stanzaError('item-not-found', 'not in this conference');
    const { clock, settings } = this.#context;
    const context = {
      invitations,
      participants: this.#participants,
      exhaustedMedia: () => exhaustedMedia(this.#members.values(), settings),
      iceRestart: settings.iceRestart,
      now: () => clock.now(),
    };
    return this.#guarded(() => answerJingle(member, jingle, context), stanzaError('internal-server-error'));
  }

  /** Answers a mute IQ of the occupant `nick`. */
  mute(nick: string, request: MuteRequest): StanzaError | undefined {
    const muter = this.#members.get(nick);
    if (!muter) return stanzaError('item-not-found', 'not in this conference');
    return this.#guarded(
      () => answerMute(muter, request, this.#members, this.#context.connection),
      stanzaError('internal-server-error'),
    );
  }

  /** Answers what an occupant asks of recorders. */
  record(nick: string, request: Jibri): IqAnswer | Promise<IqAnswer> {
    const member = this.#members.get(nick);
    if (!member) return stanzaError('forbidden', 'not in this conference');
    return this.#recordings.answer(member, request);
  }

  /** A recorder reports; answers whether it is one of this conference's. */
  recorderReports(recorder: string, report: Jibri): boolean {
    return this.#recordings.report(recorder, report);
  }

  recorderGone(recorder: string): void {
    this.#recordings.recorderGone(recorder);
  }

  /** Answers an occupant that wants to call somebody into the conference. */
  dial(nick: string, dial: Dial): IqAnswer | Promise<IqAnswer> {
    const member = this.#members.get(nick);
    if (!member) return stanzaError('forbidden', 'not in this conference');
    const { connection, gateways } = this.#context;
    return answerDial(member, dial, {
      connection,
      gateways,
      log: this.#log,
      room: this.room,
      regions: this.#entered?.invitations.regions ?? new Set(),
      isTranscribed: [...this.#members.values()].some(({ services }) => services.has('transcriber')),
    });
  }

  /** A/V moderation has changed. */
  moderated(notice: ModerationNotice): void {
    this.#guarded(() => {
      this.#moderation.apply(notice);
      for (const member of this.#members.values()) this.#restrict(member, notice.actor);
    });
  }

  /** The room's metadata have changed. */
  described(json: unknown): void {
    this.#metadata = readMetadata(json, this.#metadata) ?? this.#metadata;
  }

  /** Ends the conference: endpoints expire, the focus leaves. Nothing is signalled; clients see the focus go. */
  stop(reason: string): void {
    if (this.#state === 'stopped') return;
    this.#move('stop');
    this.#log.info({ reason }, 'conference ended');
    this.#startTimer?.cancel();
    this.#singleTimer?.cancel();
    this.#recordings.stopAll();
    this.#entered?.invitations.close();
    this.#entered?.muc.leave();
    this.#context.onStopped(this);
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
    this.#entered = { muc: entry.room, invitations: this.#makeInvitations(meetingId) };
    if (!claimMeeting(meetingId, this)) {
      this.stop('meeting id in use');
      return stanzaError('conflict', 'another conference has the same meeting id');
    }
    this.#log.info({ meetingId }, formerSessions ? 'conference taken over' : 'conference created');
    this.#move('joined');
    this.#presence.attach((extensions) => entry.room.setPresence(extensions));
    this.#observe(entry.room);
    this.#awaitFirstMember();
    for (const occupant of entry.room.occupants.values()) {
      this.#guarded(() => this.#memberJoined(occupant, formerSessions?.get(occupant.nick)));
    }
    return undefined;
  }

  #makeInvitations(meetingId: string): Invitations {
    const { connection, bridges, random, clock, discovery, settings } = this.#context;
    const pinnedVersion = this.#pinnedVersion;
    return new Invitations({
      connection,
      discovery,
      clock,
      random,
      log: this.#log,
      participants: this.#participants,
      stripSimulcast: settings.stripSimulcast,
      ssrcRewriting: settings.ssrcRewriting,
      bridges: (onLoss) =>
        new ConferenceBridges(
          { meetingId, room: this.room },
          {
            connection,
            bridges,
            clock,
            random,
            log: this.#log,
            pinnedVersion,
            timeoutMs: settings.bridgeReplyTimeoutMs,
            onCount: (count) => this.#presence.setProperty('bridge-count', String(count)),
            onLoss: (session, verdict) => this.#guarded(() => onLoss(session, verdict)),
          },
        ),
      startMuted: (newcomer) => startMuted(newcomer, settings, this.origin.wishes, this.#metadata),
      onBridgeAvailable: (available) => this.#presence.setBridgeAvailable(available),
      onSession: () => this.#context.onChanged(),
      onWithdrawn: (remaining) => this.#withdrawn(remaining),
      guard: (task) => void task.catch((error: unknown) => this.#crash(error)),
    });
  }

  #observe(muc: MucRoom): void {
    muc.on('joined', (occupant) => this.#guarded(() => this.#memberJoined(occupant)));
    muc.on('changed', (occupant) => this.#guarded(() => this.#memberChanged(occupant)));
    muc.on('left', ({ occupant, status }) => this.#guarded(() => this.#memberLeft(occupant, status)));
    muc.on('self', ({ affiliation }) => {
      if (affiliation !== 'owner') this.stop('the focus no longer owns the room');
    });
    muc.on('ended', (end) => this.stop(`room ${end}`));
  }

  #memberJoined(occupant: Occupant, formerSid?: string): void {
    const { settings } = this.#context;
    const member = new Member(occupant, settings.restarts);
    member.services = servicesOf(occupant, this.#context.serviceDomains);
    this.#members.set(member.nick, member);
    member.restricted = this.#moderation.restrictionsOf(member);
    if (formerSid !== undefined) this.#entered?.invitations.endFormer(member, formerSid);
    this.#log.debug({ member: member.nick, members: this.#members.size }, 'member joined');
    this.#startTimer?.cancel();
    this.#startTimer = undefined;
    // Who owns a breakout room follows from the main room.
    if (this.mainRoom === undefined) this.#ownership.memberJoined(member, this.#members.values());
    this.#countSenders();
    if (this.#members.size < settings.minParticipants) return;
    this.#singleTimer?.cancel();
    const { invitations } = this.#entered ?? {};
    if (this.#state === 'running') {
      invitations?.invite(member);
      return;
    }
    this.#move('inviting');
    for (const waiting of this.#members.values()) invitations?.invite(waiting);
  }

  #memberChanged(occupant: Occupant): void {
    const member = this.#members.get(occupant.nick);
    if (!member) return;
    member.changed(occupant);
    member.services = servicesOf(occupant, this.#context.serviceDomains);
    this.#restrict(member);
    this.#countSenders();
  }

  /** Sees to it that a member sends what it may and nothing else. @param actor who wants it so; that one mutes itself */
  #restrict(member: Member, actor = `${this.room}/${FOCUS_NICK}`): void {
    const before = member.restricted;
    member.restricted = this.#moderation.restrictionsOf(member);
    if (sameMedia(before, member.restricted)) return;
    this.#entered?.invitations.restrict(member);
    if (!member.participant || actor === member.occupant.jid) return;
    for (const medium of member.restricted) {
      if (!before.has(medium)) orderMute(member, medium, actor, this.#context.connection);
    }
  }

  /** Says in presence which media nobody else may begin to send. */
  #countSenders(): void {
    const exhausted = exhaustedMedia(this.#members.values(), this.#context.settings);
    for (const media of MEDIA_TYPES) {
      const key = `${media}-limit-reached`;
      if (exhausted.has(media) || this.#presence.has(key)) {
        this.#presence.setProperty(key, String(exhausted.has(media)));
      }
    }
  }

  #memberLeft(occupant: Occupant, status: string | undefined): void {
    const member = this.#members.get(occupant.nick);
    if (!member) return;
    this.#members.delete(member.nick);
    this.#log.debug({ member: member.nick, members: this.#members.size }, 'member left');
    this.#entered?.invitations.withdraw(member);
    this.#ownership.memberLeft(member, this.#members.values());
    this.#countSenders();
    if (this.#members.size > 0 || this.#context.hasBreakouts()) return;
    // Whoever moves to a breakout room has left before the focus is there.
    if (status === SWITCHES_ROOM) this.#awaitFirstMember();
    else this.stop('the room is empty');
  }

  /** One less is invited: a single one is let go after a while, and with nobody the conference waits again. */
  #withdrawn(remaining: number): void {
    if (this.#state !== 'running') return;
    this.#singleTimer?.cancel();
    if (remaining === 0) this.#move('idle');
    if (remaining !== 1) return;
    const { clock, settings } = this.#context;
    this.#singleTimer = clock.after(settings.singleParticipantTimeoutMs, () =>
      this.#guarded(() => this.#entered?.invitations.endAll(EXPIRED)),
    );
  }

  #awaitFirstMember(): void {
    const { clock, settings } = this.#context;
    this.#startTimer?.cancel();
    this.#startTimer = clock.after(settings.initialTimeoutMs, () => {
      if (this.#members.size === 0 && !this.#context.hasBreakouts()) this.stop('nobody came');
    });
  }

  #move(event: ConferenceEvent): void {
    this.#state = transition(this.#state, event);
  }

  /** Runs an event to its end. An exception is a bug: it ends this conference and nothing else. */
  #guarded<T>(event: () => T, otherwise?: T): T | undefined {
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
