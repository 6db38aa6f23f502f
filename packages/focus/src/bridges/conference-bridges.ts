/** The bridges that one conference uses: a Colibri session each, made with the first endpoint and gone with the last. */
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { Bridge } from './bridge.js';
import type { BridgeTable } from './bridge-table.js';
import type { UpdateVerdict } from './colibri-failure.js';
import { ColibriSession, type MeetingIdentity } from './colibri-session.js';
import type { BridgeInUse } from './strategies.js';

export interface ConferenceBridgesContext {
  readonly connection: XmppConnection;
  readonly bridges: BridgeTable;
  readonly clock: Clock;
  readonly random: Random;
  /** The version of bridges that the conference is pinned to. */
  readonly pinnedVersion: string | undefined;
  /** How long a bridge's answer is waited for, in ms. */
  readonly timeoutMs: number;
  /** The number of bridges has changed. */
  readonly onCount: (count: number) => void;
  /** A bridge no longer knows an endpoint, or the conference. */
  readonly onLoss: (session: ColibriSession, verdict: UpdateVerdict) => void;
}

export class ConferenceBridges {
  readonly #context: ConferenceBridgesContext;
  readonly #meeting: MeetingIdentity;
  readonly #sessions = new Map<Bridge, ColibriSession>();

  constructor(meeting: MeetingIdentity, context: ConferenceBridgesContext) {
    this.#meeting = meeting;
    this.#context = context;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Where they are. */
  get regions(): ReadonlySet<string> {
    return new Set([...this.#sessions.keys()].flatMap(({ region }) => region ?? []));
  }

  /** The session for a new endpoint; `undefined` when no bridge can take it. */
  sessionFor(region: string | undefined): ColibriSession | undefined {
    const { bridges, random, pinnedVersion } = this.#context;
    const bridge = bridges.select({ inUse: this.#inUse(), participantRegion: region, pinnedVersion });
    if (!bridge) return undefined;
    const session =
      this.#sessions.get(bridge) ?? new ColibriSession(random.uuid(), bridge, this.#meeting, this.#context);
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
    session.expireEndpoint(endpointId);
    this.dropIfUnused(session);
  }

  /** Forgets a session that has no endpoints left. */
  dropIfUnused(session: ColibriSession): void {
    if (session.endpoints.size === 0 && this.uses(session)) this.giveUp(session);
  }

  /** Stops using a session. */
  giveUp(session: ColibriSession): void {
    session.expire();
    if (!this.uses(session)) return;
    this.#sessions.delete(session.bridge);
    this.#context.onCount(this.#sessions.size);
  }

  /** Ends the conference on every bridge. */
  expireAll(): void {
    for (const session of [...this.#sessions.values()]) this.giveUp(session);
  }

  #inUse(): BridgeInUse[] {
    const { bridges, clock } = this.#context;
    const { participantsIntervalMs } = bridges.selection;
    return [...this.#sessions].map(([bridge, session]) => ({
      bridge,
      participants: session.endpoints.size,
      recent: session.arrivedWithin(participantsIntervalMs, clock.now()),
    }));
  }

  #set(bridge: Bridge, session: ColibriSession): void {
    if (this.#sessions.get(bridge) === session) return;
    this.#sessions.set(bridge, session);
    this.#context.onCount(this.#sessions.size);
  }
}
