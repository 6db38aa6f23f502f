/**
 * The bridges that one conference uses: a Colibri session each, made with the first endpoint and gone with the last. Several
 * of them are linked by relays: those of participants each with each other one, those of visitors each with one of them.
 */
import type { EndpointModify, MediaSource } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { Bridge } from './bridge.js';
import type { BridgeTable } from './bridge-table.js';
import type { RelayVerdict, UpdateVerdict } from './colibri-failure.js';
import { ColibriSession, type ColibriSessionContext, type MeetingIdentity } from './colibri-session.js';
import type { WantedConnect } from './connects.js';
import { RelayLink } from './relay-link.js';
import { type Attachment, Topology } from './topology.js';
import type { BridgeInUse } from './strategies.js';

/** The mesh of the bridges where participants are. */
const CORE_MESH = '0';

/** How long a bridge that could not be linked with the others of a conference is not tried again, in ms. */
const RELINK_AFTER_MS = 60_000;

/** Services that get the conference's sound from its bridges. */
export interface ConnectPlan {
  /** What each of the bridges is to connect to. */
  wanted(sessions: readonly ColibriSession[]): ReadonlyMap<ColibriSession, readonly WantedConnect[]>;
  /** Sources of an endpoint that they make. */
  syntheticSourcesOf(endpointId: string): readonly MediaSource[];
}

export interface ConferenceBridgesContext {
  readonly connection: XmppConnection;
  readonly bridges: BridgeTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The version of bridges that the conference is pinned to. */
  readonly pinnedVersion: string | undefined;
  /** How long a bridge's answer is waited for, in ms. */
  readonly timeoutMs: number;
  readonly connects: ConnectPlan;
  /** The number of bridges has changed. */
  readonly onCount: (count: number) => void;
  /** A bridge no longer knows an endpoint, or the conference, or is cut off from the other bridges. */
  readonly onLoss: (session: ColibriSession, verdict: UpdateVerdict) => void;
}

export class ConferenceBridges {
  readonly #context: ConferenceBridgesContext;
  readonly #meeting: MeetingIdentity;
  readonly #sessionContext: ColibriSessionContext;
  readonly #sessions = new Map<Bridge, ColibriSession>();
  /** Those where participants are, and those where visitors are. */
  readonly #topology: Topology<ColibriSession>;
  /** Bridges that were chosen for visitors. */
  readonly #visited = new Set<Bridge>();
  #links: RelayLink[] = [];
  #meshes = 0;
  readonly #unlinkableUntil = new Map<Bridge, number>();

  constructor(meeting: MeetingIdentity, context: ConferenceBridgesContext) {
    this.#meeting = meeting;
    this.#context = context;
    this.#topology = new Topology(nearby(() => context.clock.now()));
    this.#sessionContext = {
      ...context,
      syntheticSourcesOf: (endpointId) => context.connects.syntheticSourcesOf(endpointId),
      onArrival: () => this.#link(),
      onEndpoint: (session, change) => this.#endpointChanged(session, change),
    };
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether there is a bridge that nothing speaks against, in use here or not. */
  get hasOperational(): boolean {
    return this.#context.bridges.operationalCount > 0;
  }

  /** Where they are. */
  get regions(): ReadonlySet<string> {
    return new Set([...this.#sessions.keys()].flatMap(({ region }) => region ?? []));
  }

  /** The session for a new endpoint; `undefined` when no bridge can take it. */
  sessionFor(region: string | undefined, visitor: boolean): ColibriSession | undefined {
    const { bridges, random, pinnedVersion } = this.#context;
    const bridge = bridges.select({
      inUse: this.#inUse(),
      participantRegion: region,
      visitor,
      pinnedVersion,
      unlinkable: this.#unlinkable(),
    });
    if (!bridge) return undefined;
    const session =
      this.#sessions.get(bridge) ??
      new ColibriSession(random.uuid(), bridge, this.#meeting, this.#sessionContext);
    if (!this.#sessions.has(bridge)) {
      const apart = visitor && bridges.selection.visitorStrategy !== undefined;
      if (apart) this.#visited.add(bridge);
      this.#topology.add(session, apart);
    }
    this.#set(bridge, session);
    return session;
  }

  /** Whether the session is still the one in use on its bridge. */
  uses(session: ColibriSession): boolean {
    return this.#sessions.get(session.bridge) === session;
  }

  onBridge(bridge: Bridge): ColibriSession | undefined {
    return this.#sessions.get(bridge);
  }

  /** Ends an endpoint; the last one takes the session with it. */
  expireEndpoint(session: ColibriSession, endpointId: string): void {
    const isKnown = session.endpointsForPeers().some(({ id }) => id === endpointId);
    session.expireEndpoint(endpointId);
    // The last one says nothing more: with the session go its relays, but not what lies behind them.
    if (isKnown && session.endpointCount === 0) this.#tellDistant(session, expiryOf(endpointId));
    this.dropIfUnused(session);
  }

  /** Forgets a session that has no endpoints left. */
  dropIfUnused(session: ColibriSession): void {
    if (session.endpointCount === 0 && this.uses(session)) this.giveUp(session);
  }

  /** Stops using a session. */
  giveUp(session: ColibriSession): void {
    const left = session.endpointsForPeers();
    session.expire();
    if (!this.uses(session)) return;
    this.#sessions.delete(session.bridge);
    this.#visited.delete(session.bridge);
    // Who has a relay to it loses its endpoints with that; the others have to be told.
    for (const { id } of left) this.#tellDistant(session, expiryOf(id));
    this.#topology.remove(session);
    for (const link of this.#links.filter((each) => each.connects(session))) link.close(session);
    this.#links = this.#links.filter((link) => !link.connects(session));
    this.#context.onCount(this.#sessions.size);
    this.#link();
    this.connectsChanged();
  }

  /** Ends the conference on every bridge. */
  expireAll(): void {
    // Nobody is linked anew for the moments that are left.
    const sessions = [...this.#sessions.values()];
    for (const session of sessions) this.#topology.remove(session);
    for (const session of sessions) this.giveUp(session);
  }

  /** What is wanted of the bridges, or where, has changed. */
  connectsChanged(): void {
    const sessions = [...this.#sessions.values()];
    const wanted = this.#context.connects.wanted(sessions);
    for (const session of sessions) session.connect(wanted.get(session) ?? []);
  }

  #inUse(): BridgeInUse[] {
    const { bridges, clock } = this.#context;
    const { participantsIntervalMs } = bridges.selection;
    return [...this.#sessions].map(([bridge, session]) => ({
      bridge,
      visitors: this.#visited.has(bridge),
      participants: session.endpointCount,
      recent: session.arrivedWithin(participantsIntervalMs, clock.now()),
    }));
  }

  #unlinkable(): ReadonlySet<Bridge> {
    const now = this.#context.clock.now();
    for (const [bridge, until] of this.#unlinkableUntil) {
      if (until <= now) this.#unlinkableUntil.delete(bridge);
    }
    return new Set(this.#unlinkableUntil.keys());
  }

  /** The other bridges hear of an endpoint. */
  #endpointChanged(session: ColibriSession, change: EndpointModify): void {
    this.connectsChanged();
    for (const other of this.#sessions.values()) {
      const hop = other === session ? undefined : this.#topology.nextHop(other, session);
      if (hop) this.#linkOf(other, hop)?.endpointChanged(other, change);
    }
  }

  /** Tells those bridges of an endpoint that reach it by a third one. */
  #tellDistant(session: ColibriSession, change: EndpointModify): void {
    for (const other of this.#sessions.values()) {
      const hop = this.#topology.nextHop(other, session);
      if (other !== session && hop && hop !== session)
        this.#linkOf(other, hop)?.endpointChanged(other, change);
    }
  }

  /** Links all that are to be and are not; each is told of the endpoints that it reaches by the other, the others of those that came with them. */
  #link(): void {
    for (const { ends, core } of this.#topology.pairs()) {
      const [initiator, responder] = ends;
      if (this.#linkOf(initiator, responder)) continue;
      const plan = {
        initiator,
        responder,
        meshId: core ? CORE_MESH : String((this.#meshes += 1)),
        endpointsBehind: (at: ColibriSession, peer: ColibriSession) =>
          this.#topology.behind(at, peer).flatMap((each) => each.endpointsForPeers()),
      };
      this.#links.push(new RelayLink(plan, (...failure) => this.#linkFailed(...failure)));
      const leaf = core ? undefined : ends.find((end) => !this.#topology.core.includes(end));
      if (leaf) for (const endpoint of leaf.endpointsForPeers()) this.#tellDistant(leaf, endpoint);
    }
  }

  #linkOf(one: ColibriSession, other: ColibriSession): RelayLink | undefined {
    return this.#links.find((link) => link.connects(one) && link.connects(other));
  }

  #linkFailed(link: RelayLink, verdict: RelayVerdict, at: ColibriSession): void {
    if (!this.#links.includes(link)) return;
    const { log, clock, onLoss } = this.#context;
    const bridges = [link.initiator.bridge.jid, link.responder.bridge.jid];
    log.warn({ bridges, at: at.bridge.jid, ...verdict }, 'relay failed');
    if (verdict.lost === 'refused') {
      onLoss(at === link.initiator ? link.responder : link.initiator, verdict);
      return;
    }
    if (verdict.lost !== 'link') {
      onLoss(at, verdict);
      return;
    }
    // One of the two has to go, and fewer people are on the one that came later as a rule.
    this.#unlinkableUntil.set(link.responder.bridge, clock.now() + RELINK_AFTER_MS);
    onLoss(link.responder, { lost: 'session', reason: verdict.reason });
  }

  #set(bridge: Bridge, session: ColibriSession): void {
    if (this.#sessions.get(bridge) === session) return;
    this.#sessions.set(bridge, session);
    this.#context.onCount(this.#sessions.size);
  }
}

/** A bridge of visitors hangs on one that has time, near it if it can be, and does so for few others. */
const nearby =
  (now: () => number): Attachment<ColibriSession> =>
  (leaf, core, leavesOf) => {
    const isNear = ({ bridge: { region } }: ColibriSession) =>
      region !== undefined && region === leaf.bridge.region;
    const sorted = [...core].sort((a, b) => leavesOf(a) - leavesOf(b));
    const free = sorted.filter(({ bridge }) => !bridge.overloaded(now()));
    return free.find(isNear) ?? free[0] ?? sorted.find(isNear) ?? sorted[0];
  };

const expiryOf = (id: string): EndpointModify => ({ id, expire: true, media: [], capabilities: [] });
