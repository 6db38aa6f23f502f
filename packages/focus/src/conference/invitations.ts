/**
 * Who is invited to media, and from whom it is taken again: because the participant goes, because its client wants a restart,
 * or because its bridge is gone.
 */
import { el, encodeJingle, type JingleReason } from '@conclave/signaling';
import type { Logger } from 'pino';
import type { Bridge } from '../bridges/bridge.js';
import type { UpdateVerdict } from '../bridges/colibri-failure.js';
import type { ColibriSession } from '../bridges/colibri-session.js';
import type { ConferenceBridges } from '../bridges/conference-bridges.js';
import type { Clock, Timer } from '../clock.js';
import { forceMuteOf } from './av-moderation.js';
import { Backoff } from './backoff.js';
import { isEndpointId, type Member } from './member.js';
import { makeOffer, type Offered, type OfferingContext } from './offering.js';
import type { Newcomer } from './start-muted.js';

export interface InvitationsContext extends Omit<OfferingContext, 'startMuted'> {
  readonly clock: Clock;
  readonly log: Logger;
  readonly startMuted: (newcomer: Newcomer) => { audio: boolean; video: boolean };
  /** Makes the table of the bridges that the conference uses. */
  readonly bridges: (onLoss: (session: ColibriSession, verdict: UpdateVerdict) => void) => ConferenceBridges;
  /** A Jingle session begins or has ended; resolves when a focus after this one would know of it. */
  readonly onSession: () => Promise<void>;
  /** One invited less; `remaining` are invited still. */
  readonly onWithdrawn: (remaining: number) => void;
  /** Runs what follows a wait; an exception in it ends the conference. */
  readonly guard: (task: Promise<void>) => void;
}

const MOVING: JingleReason = { condition: 'success', text: 'moving' };
const UPDATE_REFUSED: JingleReason = { condition: 'failed-transport', text: 'refused by the bridge' };
const BRIDGE_LOST: JingleReason = { condition: 'gone', text: 'endpoint lost' };
const OFFER_REFUSED: JingleReason = { condition: 'general-error', text: 'jingle session failed' };

export class Invitations {
  readonly #context: InvitationsContext;
  readonly #bridges: ConferenceBridges;
  readonly #invited = new Map<string, Member>();
  readonly #offering: OfferingContext;
  readonly #backoff = new Backoff();
  #retry: Timer | undefined;

  constructor(context: InvitationsContext) {
    this.#context = context;
    this.#offering = {
      ...context,
      startMuted: (newcomer) => context.startMuted({ ...newcomer, count: this.#invited.size }),
    };
    this.#bridges = context.bridges((session, verdict) => this.#updateFailed(session, verdict));
  }

  /** Where the bridges are that it uses. */
  get regions(): ReadonlySet<string> {
    return this.#bridges.regions;
  }

  /** How many are invited. */
  get size(): number {
    return this.#invited.size;
  }

  /** What bridges are to connect to has changed. */
  connectsChanged(): void {
    this.#bridges.connectsChanged();
  }

  /** Invites a member; an earlier invitation of it that is under way is superseded. */
  invite(member: Member): void {
    if (!isEndpointId(member.nick)) {
      this.#context.log.debug({ member: member.nick }, 'nickname is no endpoint id: no media');
      return;
    }
    this.#invited.set(member.nick, member);
    this.#context.guard(this.#invite(member));
  }

  /** Its session is over while the member stays in the room; with a reason it is told. */
  end(member: Member, reason?: JingleReason): void {
    this.#context.participants.retractAll(member.nick);
    if (reason) member.participant?.terminate(reason);
    this.#remove(member);
  }

  /** The member has left: the others know that from presence. */
  withdraw(member: Member): void {
    this.#context.participants.forgetSources(member.nick);
    this.#remove(member);
  }

  #remove(member: Member): void {
    this.#release(member);
    this.#context.participants.remove(member.nick);
    member.participant = undefined;
    if (this.#invited.delete(member.nick)) this.#context.onWithdrawn(this.#invited.size);
  }

  /** Everybody's session is over. */
  endAll(reason: JingleReason): void {
    for (const member of [...this.#invited.values()]) this.end(member, reason);
  }

  /** Takes the endpoint away and invites anew, after the client has ended its session to have another. */
  restart(member: Member): void {
    const { clock, tally } = this.#context;
    tally.add('participants_restart_requested');
    member.participant?.bridge?.bridge.restartRequested(member, clock.now());
    this.#context.participants.retractAll(member.nick);
    this.#release(member);
    this.invite(member);
  }

  /** The client does not reach its bridge: it is invited anew, for there may be another. */
  iceFailed(member: Member): void {
    const { clock, tally } = this.#context;
    tally.add('participants_ice_failed');
    member.participant?.bridge?.bridge.restartRequested(member, clock.now());
    this.#takeBack(member);
    this.invite(member);
  }

  /** The client wants new ICE credentials in its session. What the bridge does not give it gets with a new session. */
  restartIce(member: Member): void {
    this.#context.guard(this.#restartIce(member));
  }

  /** Ends a session that the focus began before it was started anew, so that the member can have another. */
  endFormer(member: Member, sid: string): void {
    const { connection } = this.#context;
    const end = { action: 'session-terminate', sid, reason: MOVING, contents: [], bundle: [] } as const;
    void connection.request(el('iq', { type: 'set', to: member.occupant.jid }, encodeJingle(end)));
    member.sessionEnded(sid);
  }

  /** What a member may send has changed. */
  restrict(member: Member): void {
    member.participant?.bridge?.update(member.nick, { forceMute: forceMuteOf(member.restricted) });
  }

  /** A bridge has become available: whoever has none is invited. */
  bridgeAvailable(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    for (const member of [...this.#invited.values()]) {
      if (member.participant && !member.participant.bridge) this.invite(member);
    }
  }

  /** A bridge is gone: whoever was on it is invited elsewhere. */
  bridgeLost(bridge: Bridge): void {
    const session = this.#bridges.onBridge(bridge);
    if (session) this.#moveOff(session, 'bridge lost');
  }

  /** Endpoints on a bridge, or on all of them. */
  endpointsOn(bridge?: Bridge): number {
    return this.#on(bridge).length;
  }

  /** Invites anew who is on that bridge (on any without one), at most so many; `endpoint` names a single one. Says how many. */
  moveFrom(bridge: Bridge | undefined, count: number, endpoint?: string): number {
    const members = this.#on(bridge)
      .filter(({ nick }) => endpoint === undefined || nick === endpoint)
      .slice(0, count);
    if (members.length > 0) this.#move(members);
    return members.length;
  }

  /** The conference is over: endpoints expire, clients learn it from the room. */
  close(): void {
    this.#retry?.cancel();
    for (const member of this.#invited.values()) {
      member.cancelInvitation();
      // Answers that come late find a session that is over.
      member.participant?.jingle?.on('end');
    }
    this.#invited.clear();
    this.#bridges.expireAll();
  }

  #on(bridge: Bridge | undefined): Member[] {
    return [...this.#invited.values()].filter(({ participant }) => {
      const session = participant?.bridge;
      return session !== undefined && (bridge === undefined || session.bridge === bridge);
    });
  }

  async #restartIce(member: Member): Promise<void> {
    const { participant } = member;
    const session = participant?.bridge;
    const jingle = participant?.jingle;
    if (!participant || !session) return;
    const { tally } = this.#context;
    tally.add('ice_restarts_requested');
    const transport = await session.restartIce(member.nick);
    if (participant.jingle !== jingle || transport === 'unanswered') return;
    if (transport !== 'refused') {
      tally.add(participant.signalTransport(transport) ? 'ice_restarts_relayed' : 'ice_restarts_not_needed');
      return;
    }
    tally.add('ice_restarts_failed');
    this.#move([member]);
  }

  async #invite(member: Member): Promise<void> {
    const isCurrent = member.beginInvitation();
    const offered = await makeOffer(member, isCurrent, this.#bridges, this.#offering);
    if (!isCurrent() || offered.kind === 'superseded') return;
    const { log } = this.#context;
    if (offered.kind === 'no media') {
      log.debug({ member: member.nick }, 'client takes no media');
      this.#remove(member);
      return;
    }
    if (offered.kind === 'no bridge') log.warn({ member: member.nick }, 'no bridge available');
    if (offered.kind === 'not allocated') this.#notAllocated(offered);
    if (offered.kind !== 'refused') return;
    // Who refuses is not asked again.
    log.warn({ member: member.nick, condition: offered.condition }, 'offer refused');
    this.end(member, OFFER_REFUSED);
  }

  #notAllocated({ participant, session, verdict }: Extract<Offered, { kind: 'not allocated' }>): void {
    if (!this.#bridges.uses(session)) return;
    const { log, clock } = this.#context;
    const { bridge } = session;
    log.warn(
      { bridge: bridge.jid, member: participant.endpointId, reason: verdict.reason },
      'endpoint not allocated',
    );
    if (verdict.bridge === 'non-operational') bridge.failed(clock.now());
    if (verdict.bridge === 'graceful-shutdown') bridge.refusedForShutdown();
    const nowhereElse = verdict.bridge === 'non-operational' && !this.#bridges.hasOperational;
    if (nowhereElse) this.#context.onBridgeAvailable(false);
    // The media of those who are on it may flow none the less.
    const isServing = this.#on(bridge).some((each) => each.participant?.jingle !== undefined);
    if (verdict.giveUpBridge && !(nowhereElse && isServing)) {
      this.#moveOff(session, verdict.reason);
      return;
    }
    participant.bridge = undefined;
    this.#bridges.expireEndpoint(session, participant.endpointId);
    const member = this.#invited.get(participant.endpointId);
    if (nowhereElse && member) this.#inviteAgain([member]);
  }

  #updateFailed(session: ColibriSession, verdict: UpdateVerdict): void {
    if (!this.#bridges.uses(session) || verdict.lost === 'nothing') return;
    if (verdict.lost === 'session') {
      this.#moveOff(session, verdict.reason);
      return;
    }
    const { log, clock } = this.#context;
    const member = this.#invited.get(verdict.endpointId);
    if (member?.participant?.bridge !== session) return;
    log.warn({ bridge: session.bridge.jid, member: member.nick, ...verdict }, 'endpoint lost');
    if (verdict.lost === 'endpoint') session.forget(member.nick);
    if (verdict.lost === 'refused' || !member.restarts.accept(clock.now())) {
      this.end(member, verdict.lost === 'refused' ? UPDATE_REFUSED : BRIDGE_LOST);
      return;
    }
    this.#takeBack(member);
    this.invite(member);
  }

  /** Gives up a bridge and invites all who were on it anew. */
  #moveOff(session: ColibriSession, reason: string): void {
    const members = [...this.#invited.values()].filter(({ participant }) => participant?.bridge === session);
    this.#context.log.warn(
      { bridge: session.bridge.jid, reason, participants: members.length },
      'bridge given up',
    );
    this.#context.tally.add('bridges_removed');
    this.#bridges.giveUp(session);
    this.#move(members);
  }

  #move(members: readonly Member[]): void {
    this.#context.tally.add('participants_moved', members.length);
    for (const member of members) {
      const { bridge } = member.participant?.bridge ?? {};
      if (bridge) bridge.endpointsMoved += 1;
      this.#takeBack(member);
    }
    this.#inviteAgain(members);
  }

  /** The same bridge may fail at once again: then every further attempt waits longer. */
  #inviteAgain(members: readonly Member[]): void {
    const { clock } = this.#context;
    const delayMs = this.#backoff.next(clock.now());
    if (delayMs === 0) for (const member of members) this.invite(member);
    else this.#retry ??= clock.after(delayMs, () => this.bridgeAvailable());
  }

  /** Ends a member's session so that it can have another. */
  #takeBack(member: Member): void {
    this.#context.participants.retractAll(member.nick);
    member.participant?.terminate(MOVING);
    this.#release(member);
  }

  /** Takes a member's endpoint and Jingle session from it, and stops an invitation that is under way. */
  #release(member: Member): void {
    member.cancelInvitation();
    const { participant } = member;
    if (!participant) return;
    const { bridge, jingle } = participant;
    participant.bridge = undefined;
    participant.jingle = undefined;
    if (bridge) this.#bridges.expireEndpoint(bridge, member.nick);
    if (!jingle) return;
    jingle.on('end');
    member.sessionEnded(jingle.sid);
    void this.#context.onSession();
  }
}
