/** The media side of a videobridge: its port, its conferences and the clocks that drive them. No signalling in here. */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';

import type { IceTransport } from '@conclave/signaling';
import type { Logger } from 'pino';

import { lastNOfSize, smallestLastN } from '../bandwidth/allocation/last-n.js';
import type { ExportContext } from '../export/exports.js';
import { type FeedCounts, NO_COUNTS } from '../export/feed-counts.js';
import type { Relay } from '../relay/relay.js';
import { PaceClock } from '../send/pace-clock.js';
import { hostCandidates, reachableAddresses } from '../transport/candidates.js';
import { mediaPasses } from '../transport/media-probe.js';
import { MediaPort, type MediaPortOptions } from '../transport/media-port.js';
import type { TransportCounts } from '../transport/transport-counts.js';
import { StunMapping, type StunServer } from '../transport/stun-mapping.js';
import { Conference } from './conference.js';
import { addCounters } from './counters.js';
import type { Endpoint } from './endpoint.js';
import { DEFAULT_LIMITS, type BridgeLimits } from './limits.js';
import { noTotals } from './totals.js';
import { NO_TRAFFIC, type Traffic } from './traffic.js';

export interface BridgeOptions {
  readonly media: MediaPortOptions & {
    /** What clients are told to send to, as `hostCandidates` takes it; empty: every address of this machine that is not internal. */
    readonly advertisedAddresses: readonly string[];
    /** Who is asked for the address of this machine as the world sees it; what they say is told beside the others. */
    readonly stunServers?: readonly StunServer[];
    /** Whether the loopback address is told too, where addresses are found by looking. */
    readonly includeLoopback: boolean;
  };
  readonly limits?: Partial<BridgeLimits>;
  /** By what other bridges know this one; a random one when absent. */
  readonly relayId?: string;
  /** What services that get media are told of this bridge. */
  readonly application?: ExportContext['application'];
}

/** Intervals in ms. */
const TICK = 20;
const BANDWIDTH = 10_000;
const REPORT = 500;
const EXPIRY = 5000;
/** A conference without endpoints is forgotten after this time. */
const EMPTY_CONFERENCE = 20_000;

export class Bridge {
  /** By meeting id. */
  readonly conferences = new Map<string, Conference>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #paceClock: PaceClock;
  #formerTraffic = NO_TRAFFIC;
  #formerRelayTraffic = NO_TRAFFIC;
  #formerExports = NO_COUNTS;
  #formerSpeakerChanges = 0;
  #formerConferenceSeconds = 0;
  readonly totals = noTotals();
  /** The limit on forwarded videos that the load demands; -1: none. */
  loadLastN = -1;
  /** Whether new conferences are taken. */
  admits = true;
  #conferencesCreated = 0;
  #endpointsGone = 0;

  private constructor(
    private readonly port: MediaPort,
    private readonly media: BridgeOptions['media'],
    private readonly ownAddresses: readonly string[],
    private readonly mapping: StunMapping,
    readonly relayId: string,
    readonly limits: BridgeLimits,
    private readonly application: ExportContext['application'],
    private readonly log: Logger,
  ) {
    this.#paceClock = new PaceClock(() => performance.now(), log);
    this.#inEach(TICK, (conference, now) => conference.tick(now));
    this.#inEach(BANDWIDTH, (conference) => conference.tellBandwidth());
    this.#inEach(REPORT, (conference, now) => conference.report(now));
    this.#inEach(EXPIRY, (conference, now) => this.#expire(conference, now));
  }

  /** Opens the media port. Throws the system's error when it cannot be had. */
  static async open({ media, limits, relayId, application }: BridgeOptions, log: Logger): Promise<Bridge> {
    const port = await MediaPort.open(media, log);
    const addresses =
      media.advertisedAddresses.length > 0
        ? media.advertisedAddresses
        : reachableAddresses(networkInterfaces(), media.includeLoopback);
    log.info({ port: port.port, addresses }, 'media port open');
    const ownId = relayId ?? randomBytes(4).toString('hex');
    const mapping = await StunMapping.begin(media.stunServers ?? [], log);
    return new Bridge(
      port,
      media,
      addresses,
      mapping,
      ownId,
      { ...DEFAULT_LIMITS, ...limits },
      application ?? { name: 'videobridge', version: '', region: undefined },
      log,
    );
  }

  /** Whatever fails in one conference is no reason for the others to stand still. */
  #inEach(interval: number, action: (conference: Conference, now: number) => void): void {
    const timer = setInterval(() => {
      const now = performance.now();
      for (const conference of this.conferences.values()) {
        try {
          action(conference, now);
        } catch (error) {
          this.log.error({ err: error, meetingId: conference.meetingId }, 'a periodic task failed');
        }
      }
    }, interval);
    this.#timers.push(timer);
  }

  /** Whether media comes through the port at present: a connection like that of a client is made, within `patience` ms. */
  mediaPasses(patience: number): Promise<boolean> {
    return mediaPasses(this.port, this.media.bindAddress ?? '127.0.0.1', patience);
  }

  /** Where clients reach the media port. */
  get addresses(): string[] {
    return [...new Set([...this.ownAddresses, ...this.mapping.addresses])];
  }

  get mediaPort(): number {
    return this.port.port;
  }

  /** How many videos anybody is sent at most: what is configured, or less under load; -1: no limit. */
  get lastN(): number {
    return smallestLastN(this.limits.lastN, this.loadLastN);
  }

  /** The most videos that anybody is sent at present. */
  get mostForwarded(): number {
    return this.endpoints.reduce((most, { reception }) => Math.max(most, reception.forwarded.length), 0);
  }

  /** How often dominant speakers have changed since the start. */
  get speakerChanges(): number {
    const current = [...this.conferences.values()].reduce(
      (sum, { speakerChanges }) => sum + speakerChanges,
      0,
    );
    return this.#formerSpeakerChanges + current;
  }

  /** How long conferences have lasted, all added up; `now` in ms. */
  conferenceSeconds(now: number): number {
    const lasting = [...this.conferences.values()].reduce((sum, { createdAt }) => sum + now - createdAt, 0);
    return Math.round(this.#formerConferenceSeconds + lasting / 1000);
  }

  /** How ICE and DTLS have ended. */
  get transportCounts(): TransportCounts {
    return this.port.counts;
  }

  get full(): boolean {
    return this.conferences.size >= this.limits.conferences;
  }

  /** Adds a conference; its meeting id is free. */
  createConference(meetingId: string, name: string | undefined): Conference {
    const conference = new Conference(meetingId, name, {
      port: this.port,
      limits: this.limits,
      relayId: this.relayId,
      application: this.application,
      totals: this.totals,
      clock: () => performance.now(),
      paceClock: this.#paceClock,
      lastN: (size) => smallestLastN(this.lastN, lastNOfSize(this.limits.lastNBySize, size)),
      log: this.log,
    });
    this.conferences.set(meetingId, conference);
    this.#conferencesCreated += 1;
    this.log.info({ meetingId, room: name, conferences: this.conferences.size }, 'conference created');
    return conference;
  }

  expireConference(conference: Conference, reason: string): void {
    if (this.conferences.get(conference.meetingId) !== conference) return;
    this.conferences.delete(conference.meetingId);
    conference.close();
    this.#formerSpeakerChanges += conference.speakerChanges;
    this.#formerConferenceSeconds += (performance.now() - conference.createdAt) / 1000;
    this.#formerTraffic = addCounters(this.#formerTraffic, conference.traffic);
    this.#formerRelayTraffic = addCounters(this.#formerRelayTraffic, conference.relays.traffic);
    this.#formerExports = addCounters(this.#formerExports, conference.exports.counts);
    this.log.info({ meetingId: conference.meetingId, room: conference.name, reason }, 'conference expired');
  }

  #expire(conference: Conference, now: number): void {
    this.#endpointsGone += conference.expireGone(now);
    const { endpoints, relays } = conference;
    if (endpoints.size === 0 && !relays.joinsMeshes && now - conference.createdAt > EMPTY_CONFERENCE) {
      this.expireConference(conference, 'empty');
    }
  }

  /** The endpoint's side of ICE and DTLS, as the focus passes it on to the client. */
  describeTransport(endpoint: Endpoint, webSockets: readonly string[]): IceTransport {
    return {
      ...endpoint.transport.credentials,
      rtcpMux: true,
      candidates: hostCandidates(this.addresses, this.port.port),
      fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: this.port.fingerprint }],
      webSockets,
    };
  }

  /**
   * This side of a link to another bridge. Who initiates comes from a port that nobody needs to know; the other is reached where
   * clients reach it, or at an address of the machine, behind the same NAT.
   */
  describeLink({ credentials, options }: Relay): IceTransport {
    const { includeLoopback } = this.media;
    const addresses = [...this.addresses, ...reachableAddresses(networkInterfaces(), includeLoopback)];
    return {
      ...credentials,
      rtcpMux: true,
      candidates: options.initiates ? [] : hostCandidates([...new Set(addresses)], this.port.port),
      fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: this.port.fingerprint }],
      webSockets: [],
    };
  }

  get endpoints(): Endpoint[] {
    return [...this.conferences.values()].flatMap(({ endpoints }) => [...endpoints.values()]);
  }

  /** What has passed since the start. */
  get traffic(): Traffic {
    return [...this.conferences.values()]
      .map(({ traffic }) => traffic)
      .reduce(addCounters, this.#formerTraffic);
  }

  /** What has been sent to services since the start. */
  get exported(): Readonly<FeedCounts> {
    return [...this.conferences.values()]
      .map(({ exports }) => exports.counts)
      .reduce(addCounters, this.#formerExports);
  }

  /** What has crossed the links to other bridges. */
  get relayTraffic(): Traffic {
    return [...this.conferences.values()]
      .map(({ relays }) => relays.traffic)
      .reduce(addCounters, this.#formerRelayTraffic);
  }

  get conferencesCreated(): number {
    return this.#conferencesCreated;
  }

  /** Endpoints that were expired because their clients had gone. */
  get endpointsGone(): number {
    return this.#endpointsGone;
  }

  /** All that operators may want to know: of everything, a conference or an endpoint; undefined when there is none of that name. */
  state(meetingId?: string, endpointId?: string, full = true): object | undefined {
    if (meetingId === undefined) {
      const conferences = [...this.conferences.values()].map(({ meetingId: id, name, endpoints }) => ({
        meetingId: id,
        name,
        endpoints: [...endpoints.keys()],
        ...(full && { state: this.state(id) }),
      }));
      return { lastN: this.lastN, admits: this.admits, conferences };
    }
    const conference = this.conferences.get(meetingId);
    if (endpointId !== undefined) return conference?.endpoints.get(endpointId)?.state;
    if (conference !== undefined && !full) {
      return {
        name: conference.name,
        speakers: conference.speakers,
        endpoints: [...conference.endpoints.keys()],
      };
    }
    return (
      conference && {
        name: conference.name,
        speakers: conference.speakers,
        exports: conference.exports.state,
        relays: Object.fromEntries([...conference.relays].map(({ id, state }) => [id, state])),
        endpoints: Object.fromEntries(
          [...conference.endpoints].map(([id, endpoint]) => [id, endpoint.state]),
        ),
      }
    );
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#paceClock.stop();
    this.mapping.stop();
    for (const conference of [...this.conferences.values()])
      this.expireConference(conference, 'bridge closes');
    this.port.close();
  }
}
