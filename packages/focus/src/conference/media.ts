/**
 * The media of a conference: who takes part. Members are invited once there are enough, later ones as they come; a single one
 * is let go after a while.
 */
import type { Jingle, MediaType, StanzaError } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Bridge } from '../bridges/bridge.js';
import type { BridgeTable } from '../bridges/bridge-table.js';
import { ConferenceBridges, type ConnectPlan } from '../bridges/conference-bridges.js';
import type { Clock, Timer } from '../clock.js';
import type { FeatureDiscovery } from '../jingle/discovery.js';
import type { ConferenceSettings } from '../options.js';
import type { Random } from '../random.js';
import { jingled, type Tally } from '../tally.js';
import { Invitations } from './invitations.js';
import { answerJingle } from './jingle-actions.js';
import type { Member } from './member.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import { Participants } from './participants.js';
import { exhaustedMedia } from './senders.js';
import { startMuted } from './start-muted.js';

export interface MediaContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly tally: Tally;
  readonly bridges: BridgeTable;
  readonly discovery: FeatureDiscovery;
  readonly settings: ConferenceSettings;
  /** The version of bridges that the conference is pinned to. */
  readonly pinnedVersion: string | undefined;
  readonly connects: ConnectPlan;
  /** Something that a successor has to know has changed; resolves when it would find that. */
  readonly onChanged: () => Promise<void>;
}

const EXPIRED = { condition: 'expired', text: 'Idle session timeout' };

export class ConferenceMedia implements ConferencePart {
  readonly participants: Participants;
  readonly #core: ConferenceCore;
  readonly #context: MediaContext;
  readonly #invitations: Invitations;
  /** Members from which on they are invited. */
  #minimum: number;
  /** Jingle sessions of a former focus, by nickname, until their owners are known. */
  #former: ReadonlyMap<string, string>;
  #singleTimer: Timer | undefined;
  readonly #visitors = new Set<Member>();

  constructor(core: ConferenceCore, context: MediaContext) {
    this.#core = core;
    this.#context = context;
    this.#former = core.origin.formerSessions ?? new Map<string, string>();
    this.#minimum = context.settings.minParticipants;
    this.participants = new Participants(context.settings, context.clock);
    this.#invitations = this.#makeInvitations();
  }

  /** Where the bridges are that it uses. */
  get regions(): ReadonlySet<string> {
    return this.#invitations.regions;
  }

  /** Endpoints on a bridge, or on all of them. */
  endpointsOn(bridge?: Bridge): number {
    return this.#invitations.endpointsOn(bridge);
  }

  /** Ids of the Jingle sessions, by nickname. */
  get sessions(): ReadonlyMap<string, string> {
    return new Map(
      this.participants.all().flatMap(({ endpointId, jingle }) => (jingle ? [[endpointId, jingle.sid]] : [])),
    );
  }

  /** For operators. */
  get participantStates(): Readonly<Record<string, unknown>>[] {
    return this.participants.all().map(({ endpointId, jingle, bridge }) => ({
      id: endpointId,
      session: jingle?.state ?? null,
      bridge: bridge?.bridge.nick ?? null,
    }));
  }

  /** Invites participants of a bridge (of any without one) anew, at most so many; `endpoint` names a single one. Says how many. */
  moveFrom(bridge: Bridge | undefined, count: number, endpoint?: string): number {
    return this.#invitations.moveFrom(bridge, count, endpoint);
  }

  bridgeAvailable(): void {
    this.#invitations.bridgeAvailable();
  }

  bridgeLost(bridge: Bridge): void {
    this.#invitations.bridgeLost(bridge);
  }

  /** What bridges are to connect to has changed. */
  connectsChanged(): void {
    this.#invitations.connectsChanged();
  }

  /** Tells its bridge what an endpoint sends now, synthetic sources included. */
  sourcesChanged(endpointId: string): void {
    const participant = this.participants.all().find((each) => each.endpointId === endpointId);
    participant?.bridge?.update(endpointId, { sources: this.participants.sourcesOf(endpointId) });
  }

  /** Whether one participant is enough. Whoever waits for another is invited when it is, and let go after a while when it is not. */
  needsOnlyOne(only: boolean): void {
    this.#minimum = only ? 1 : this.#context.settings.minParticipants;
    this.#singleTimer?.cancel();
    if (this.#core.state === 'running') this.#withdrawn(this.#invitations.size);
    else this.#inviteAll();
  }

  /** Tells the bridge what a member may send now. */
  restrict(member: Member): void {
    this.#invitations.restrict(member);
  }

  /** Answers a Jingle IQ of a member: an error, or nothing for a result. */
  jingle(member: Member, jingle: Jingle): StanzaError | undefined {
    const { clock, settings, tally } = this.#context;
    tally.add(jingled(jingle.action, 'received'));
    return answerJingle(member, jingle, {
      invitations: this.#invitations,
      participants: this.participants,
      exhaustedMedia: () => this.#exhaustedMedia(),
      iceRestart: settings.iceRestart,
      now: () => clock.now(),
    });
  }

  memberJoined(member: Member): void {
    this.#arrived(member);
  }

  /** Somebody looks on. */
  visitorJoined(member: Member): void {
    this.#visitors.add(member);
    this.#arrived(member);
  }

  visitorLeft(member: Member): void {
    if (this.#visitors.delete(member)) this.#invitations.withdraw(member);
  }

  #arrived(member: Member): void {
    const formerSid = this.#former.get(member.nick);
    if (formerSid !== undefined) this.#invitations.endFormer(member, formerSid);
    const { members, state } = this.#core;
    if (members.size + this.#visitors.size < this.#minimum) return;
    this.#singleTimer?.cancel();
    if (state === 'running') this.#invitations.invite(member);
    else this.#inviteAll();
  }

  /** Once there are enough. */
  #inviteAll(): void {
    const everybody = [...this.#core.members.values(), ...this.#visitors];
    if (everybody.length < this.#minimum) return;
    this.#core.move('inviting');
    for (const waiting of everybody) this.#invitations.invite(waiting);
  }

  memberLeft(member: Member): void {
    this.#invitations.withdraw(member);
  }

  entered(): void {
    this.#former = new Map();
  }

  stopped(): void {
    this.#singleTimer?.cancel();
    this.#invitations.close();
  }

  /** One less is invited: a single one is let go after a while, and with nobody the conference waits again. */
  #withdrawn(remaining: number): void {
    if (this.#core.state !== 'running') return;
    this.#singleTimer?.cancel();
    if (remaining === 0) this.#core.move('idle');
    if (remaining !== 1 || this.#minimum === 1) return;
    const { clock, settings } = this.#context;
    this.#singleTimer = clock.after(settings.singleParticipantTimeoutMs, () =>
      this.#core.run(() => this.#invitations.endAll(EXPIRED)),
    );
  }

  #exhaustedMedia(): ReadonlySet<MediaType> {
    return exhaustedMedia(this.#core.members.values(), this.#context.settings);
  }

  #makeInvitations(): Invitations {
    const { room, meetingId, origin, log, presence, run, watch } = this.#core;
    const { settings, onChanged } = this.#context;
    const { rtcStats = true } = origin.wishes;
    return new Invitations({
      ...this.#context,
      log,
      participants: this.participants,
      stripSimulcast: settings.stripSimulcast,
      ssrcRewriting: settings.ssrcRewriting,
      redundantAudio: settings.redundantAudio,
      layersAllocation: settings.layersAllocation,
      bridges: (onLoss) =>
        new ConferenceBridges(
          { meetingId, room, left: origin.formerSessions !== undefined, rtcStats },
          {
            ...this.#context,
            log,
            timeoutMs: settings.bridgeReplyTimeoutMs,
            onCount: (count) => presence.setProperty('bridge-count', String(count)),
            onLoss: (session, verdict) => run(() => onLoss(session, verdict)),
          },
        ),
      startMuted: (newcomer) => startMuted(newcomer, settings, this.#core.origin.wishes, this.#core.metadata),
      onBridgeAvailable: (available) => presence.setBridgeAvailable(available),
      onSession: onChanged,
      onWithdrawn: (remaining) => this.#withdrawn(remaining),
      guard: watch,
    });
  }
}
