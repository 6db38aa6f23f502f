/** The bridges that are in the brewery now, with their health; conferences are told of what concerns them. */
import { type BridgeStats, decodeBridgeStats } from '@conclave/signaling';
import type { Occupant, XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { BreweryTable } from '../brewery.js';
import type { Clock } from '../clock.js';
import { Bridge, type BridgeLoadOptions } from './bridge.js';
import { HealthCheck, type HealthCheckOptions, type HealthOutcome } from './health.js';
import { PresenceCheck } from './presence-health.js';
import { selectBridge, type SelectionRequest, type SelectionRules } from './selection.js';

export interface BridgeListener {
  /** A bridge has become available: new, or healthy again. */
  bridgeAvailable(bridge: Bridge): void;
  /** A bridge is gone or can not work: whoever is on it must move. */
  bridgeLost(bridge: Bridge): void;
}

export interface BridgeTableContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly load: BridgeLoadOptions;
  readonly health: HealthCheckOptions;
  readonly selection: SelectionRules & {
    /** How long a participant counts as having come just now, in ms. */
    readonly participantsIntervalMs: number;
  };
}

export class BridgeTable implements BreweryTable {
  readonly #context: BridgeTableContext;
  readonly #listener: BridgeListener;
  readonly #bridges = new Map<string, { bridge: Bridge; health: { stop(): void } }>();
  /** Bridges that were given participants though they ail, for want of better ones. */
  readonly #lastResorts = new Set<Bridge>();
  #lost = 0;

  constructor(context: BridgeTableContext, listener: BridgeListener) {
    this.#context = context;
    this.#listener = listener;
  }

  get selection(): BridgeTableContext['selection'] {
    return this.#context.selection;
  }

  get size(): number {
    return this.#bridges.size;
  }

  /** Bridges that nothing speaks against. */
  get operationalCount(): number {
    return [...this.#bridges.values()].filter(({ bridge }) => bridge.operational).length;
  }

  /** Bridges that have left without having said that they would, since the start. */
  get lostCount(): number {
    return this.#lost;
  }

  /** The bridge of that JID, or nickname in the brewery. */
  find(name: string): Bridge | undefined {
    return this.all().find(({ jid, nick }) => jid === name || nick === name);
  }

  all(): Bridge[] {
    return [...this.#bridges.values()].map(({ bridge }) => bridge);
  }

  /** The bridge for a participant; `undefined` when none can take it. */
  select(request: Omit<SelectionRequest, 'bridges'>): Bridge | undefined {
    const { selection, clock, log } = this.#context;
    const bridge = selectBridge({ ...request, bridges: this.all() }, selection, clock.now());
    if (bridge && !bridge.operational && !this.#lastResorts.has(bridge)) {
      this.#lastResorts.add(bridge);
      log.warn({ bridge: bridge.jid }, 'bridge takes participants though it ails: there is none better');
    }
    return bridge;
  }

  /** An occupant of the brewery, which is a bridge if it tells statistics. */
  present({ jid, presence }: Occupant): void {
    const stats = decodeBridgeStats(presence);
    if (stats) this.report(jid, stats);
  }

  /** A bridge reports its statistics. */
  report(jid: string, stats: BridgeStats): void {
    const known = this.#bridges.get(jid)?.bridge;
    if (!known) {
      this.#add(jid, stats);
      return;
    }
    const wasShuttingDown = known.shuttingDown;
    known.report(stats);
    known.seen(this.#context.clock.now());
    if (known.shuttingDown && !wasShuttingDown) {
      this.#context.log.info({ bridge: jid }, 'bridge shuts down');
      this.#listener.bridgeLost(known);
    }
  }

  /** An occupant has left the brewery. */
  remove(jid: string): void {
    const entry = this.#bridges.get(jid);
    if (!entry) return;
    entry.health.stop();
    this.#bridges.delete(jid);
    this.#lastResorts.delete(entry.bridge);
    this.#context.log.info({ bridge: jid }, 'bridge left');
    if (!entry.bridge.shuttingDown) this.#lost += 1;
    this.#listener.bridgeLost(entry.bridge);
  }

  /** The brewery is lost, and every bridge with it. */
  clear(): void {
    for (const jid of [...this.#bridges.keys()]) this.remove(jid);
  }

  #add(jid: string, stats: BridgeStats): void {
    const { log, load, clock, health: options } = this.#context;
    const bridge = new Bridge(jid, load);
    bridge.report(stats);
    bridge.seen(clock.now());
    const report = (outcome: HealthOutcome) => this.#checked(bridge, outcome);
    const health = options.usePresence
      ? new PresenceCheck(bridge, { clock, options }, report)
      : new HealthCheck(jid, { ...this.#context, options }, report);
    this.#bridges.set(jid, { bridge, health });
    log.info({ bridge: jid, region: bridge.region, version: bridge.version }, 'bridge found');
    if (!bridge.shuttingDown) this.#available(bridge);
  }

  #available(bridge: Bridge): void {
    // Those on bridges that ail first, so that nobody else joins them there.
    for (const { bridge: other } of this.#bridges.values())
      if (other.unwell) this.#listener.bridgeLost(other);
    this.#listener.bridgeAvailable(bridge);
  }

  #checked(bridge: Bridge, outcome: HealthOutcome): void {
    const { log, clock } = this.#context;
    if (outcome === 'passed') {
      if (!bridge.passedHealthCheck(clock.now())) return;
      this.#lastResorts.delete(bridge);
      log.info({ bridge: bridge.jid }, 'bridge is operational again');
      this.#available(bridge);
      return;
    }
    if (bridge.operational) log.warn({ bridge: bridge.jid, outcome }, 'bridge is not operational');
    if (outcome === 'failed') bridge.fellIll(clock.now());
    else bridge.fellSilent(clock.now());
    // Without another bridge its conferences have nowhere to go, and their media may flow still.
    if (this.operationalCount > 0) this.#listener.bridgeLost(bridge);
  }
}
