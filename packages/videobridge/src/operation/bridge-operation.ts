/** The operation of a bridge: how busy and how well it is, its way out, and what operators are told and may ask of it. */
import { performance } from 'node:perf_hooks';

import type { Logger } from 'pino';

import { type BridgeStatistics, bridgeStatistics, VERSION } from '../colibri/stats.js';
import type { Bridge } from '../conference/bridge.js';
import { type Health, HealthWatch } from './health.js';
import { Lifecycle } from './lifecycle.js';
import { LoadMeter } from './load-meter.js';
import { LoadReduction } from './load-reduction.js';
import { type WatchdogOptions, watchLoop } from './loop-watchdog.js';
import { Rates } from './rates.js';
import { type OperatedBridge, RestInterface } from './rest.js';

export interface OperationOptions {
  /** How the event loop of this process is watched; absent: it is not. */
  readonly watchdog?: WatchdogOptions;
  /** Whether the focus is asked from the start not to choose this bridge. */
  readonly draining?: boolean;
  /** How long endpoints may stay on after a graceful shutdown was asked for, in s; a day when absent. */
  readonly gracePeriod?: number;
  /** Packets a second, both ways, at which the bridge counts as full; absent or 0: only its processor counts. */
  readonly fullPacketRate?: number;
  /** Whether everybody is sent fewer videos under overload; true when absent. */
  readonly reducesLoad?: boolean;
}

/** What else there is to know of the bridge: its place among the others. */
export interface BridgeSurroundings {
  readonly nick: string;
  readonly region: string | undefined;
  /** Whether the focus finds it. */
  inBrewery(): boolean;
  /** Whether it is connected to the XMPP server. */
  connected(): boolean;
  disconnects(): number;
}

/** Intervals in ms. */
const LOAD_INTERVAL = 5000;
const WATCH_INTERVAL = 1000;
const PROBE_INTERVAL = 60_000;
/** How long a connection to the bridge's own port may take, in ms: on an idle machine it takes a twentieth of a second. */
const PROBE_PATIENCE = 10_000;
/** How long the end is announced, in ms. */
const ANNOUNCEMENT = 60_000;
const DAY = 24 * 60 * 60;

export class BridgeOperation implements OperatedBridge {
  readonly rest: RestInterface;
  /** Resolves when a shutdown that was asked for has come to its end. */
  readonly ended: Promise<void>;
  readonly #load: LoadMeter;
  readonly #rates = new Rates();
  readonly #relayRates = new Rates();
  readonly #reduction = new LoadReduction();
  readonly #lifecycle: Lifecycle;
  readonly #watch = new HealthWatch(performance.now());
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #unwatch: (() => void) | undefined;
  #end = (): void => undefined;
  #stopped = false;

  constructor(
    private readonly bridge: Bridge,
    private readonly options: OperationOptions,
    private readonly surroundings: BridgeSurroundings,
    private readonly log: Logger,
  ) {
    const { draining = false, fullPacketRate, gracePeriod = DAY, watchdog } = options;
    this.#load = new LoadMeter(fullPacketRate);
    this.#lifecycle = new Lifecycle({ gracePeriod: gracePeriod * 1000, announcement: ANNOUNCEMENT });
    this.#lifecycle.draining = draining;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#timers = [
      setInterval(() => this.#sample(performance.now()), LOAD_INTERVAL),
      setInterval(() => this.#turn(performance.now()), WATCH_INTERVAL),
      setInterval(() => void this.#probe(), PROBE_INTERVAL),
    ];
    const labels = { service: 'videobridge', bridge: surroundings.nick };
    this.#unwatch = watchdog && watchLoop(watchdog, labels);
    this.rest = new RestInterface(this);
  }

  #sample(now: number): void {
    const { bridge } = this;
    this.#rates.sample(bridge.traffic, now);
    this.#relayRates.sample(bridge.relayTraffic, now);
    const [own, relay] = [this.#rates.current, this.#relayRates.current];
    this.#load.sample(own.packetsReceived + own.packetsSent + relay.packetsReceived + relay.packetsSent);
    if (this.options.reducesLoad === false) return;
    if (!this.#reduction.update(this.#load, bridge.mostForwarded, now)) return;
    bridge.loadLastN = this.#reduction.lastN;
    const { stress, work } = this.#load;
    this.log.warn({ lastN: bridge.loadLastN, stress, work }, 'as many videos as the load allows');
  }

  #turn(now: number): void {
    this.#watch.turn(now);
    this.#watch.inBrewery(this.surroundings.inBrewery(), now);
    const before = this.#lifecycle.state;
    const state = this.#lifecycle.advance(this.bridge.endpoints.length, now);
    if (state !== before)
      this.log.info({ state, endpoints: this.bridge.endpoints.length }, 'the shutdown goes on');
    if (state === 'ended') this.#end();
  }

  async #probe(): Promise<void> {
    const passes = await this.bridge.mediaPasses(PROBE_PATIENCE);
    if (this.#stopped) return;
    if (!passes) this.log.warn({ port: this.bridge.mediaPort }, 'no media came through the media port');
    this.#watch.mediaPasses(passes);
  }

  health(): Health {
    return this.#watch.check(performance.now());
  }

  statistics(): BridgeStatistics {
    return bridgeStatistics(this.bridge, {
      stress: this.#load.stress,
      steal: this.#load.steal,
      rates: this.#rates.current,
      relayRates: this.#relayRates.current,
      region: this.surroundings.region,
      healthy: this.health().healthy,
      lifecycle: this.#lifecycle.state,
      draining: this.draining,
      inBrewery: this.surroundings.inBrewery(),
      connected: this.surroundings.connected(),
      disconnects: this.surroundings.disconnects(),
      now: performance.now(),
    });
  }

  version() {
    return { name: 'Conclave videobridge', version: VERSION, os: process.platform };
  }

  get draining(): boolean {
    return this.#lifecycle.draining;
  }

  set draining(draining) {
    this.#lifecycle.draining = draining;
    this.log.info({ draining }, draining ? 'no new conferences are wanted' : 'conferences are wanted again');
  }

  shutDown(graceful: boolean): void {
    this.#lifecycle.shutDown(graceful, performance.now());
    this.bridge.admits = this.#lifecycle.admits;
    this.log.info({ graceful, endpoints: this.bridge.endpoints.length }, 'shutdown asked for');
  }

  debug(conference?: string, endpoint?: string, full = true): unknown {
    const state = this.bridge.state(conference, endpoint, full);
    if (conference !== undefined || state === undefined) return state;
    const { region, nick } = this.surroundings;
    const { healthy, reason } = this.health();
    return {
      bridge: nick,
      region,
      healthy,
      ...(reason !== undefined && { reason }),
      lifecycle: this.#lifecycle.state,
      draining: this.draining,
      stress: Number(this.#load.stress.toFixed(3)),
      worstTurnMs: Math.round(this.#watch.worstTurn),
      ...state,
    };
  }

  speakers(meetingId: string): unknown {
    const conference = this.bridge.conferences.get(meetingId);
    return conference && { order: conference.speakers, changes: conference.speakerChanges };
  }

  endpoint(meetingId: string, id: string) {
    return this.bridge.conferences.get(meetingId)?.endpoints.get(id);
  }

  traces(): number {
    return this.bridge.endpoints.filter(({ trace }) => trace !== undefined).length;
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#unwatch?.();
  }
}
