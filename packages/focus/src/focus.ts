/** The focus as a whole: one connection, the authority, the brewery, the conferences; started and stopped together. */
import { connect, type ConnectOptions, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type Brewery, type BreweryTable, watchBrewery } from './brewery.js';
import { BridgeTable } from './bridges/bridge-table.js';
import { redistributeLoad } from './bridges/load-redistribution.js';
import { VersionPins } from './bridges/version-pins.js';
import { readModerationNotice } from './conference/av-moderation.js';
import { type Clock, systemClock, type Timer } from './clock.js';
import { Journal, type JournalFile, type RunningConference } from './conference/journal.js';
import { listenToComponents } from './components.js';
import { Conferences } from './conference/conferences.js';
import { electedOwner, type OwnershipMaker, ownersByLogin } from './conference/ownership.js';
import { Gateways } from './dial/gateways.js';
import { handleIqs } from './iq-handlers.js';
import { FeatureDiscovery } from './jingle/discovery.js';
import { type FocusSettings, focusSettings } from './options.js';
import { type Random, systemRandom } from './random.js';
import { Tally } from './tally.js';
import { Recorders } from './recording/recorders.js';
import type { Authority } from './request/authority/authority.js';
import { jwtAuthority } from './request/authority/jwt.js';
import { openAuthority } from './request/authority/open.js';
import { xmppAuthority } from './request/authority/xmpp.js';
import { operatedFocus } from './rest/operated-focus.js';
import { type RestAnswer, RestInterface, type RestRequest } from './rest/rest.js';

/** Account of the focus on `auth.D`. */
export interface FocusXmppOptions extends Pick<ConnectOptions, 'host' | 'port' | 'tls'> {
  /** `focus` unless told otherwise. */
  readonly username?: string;
  readonly password: string;
}

export type FocusOptions = z.input<typeof focusSettings> & { readonly xmpp: FocusXmppOptions };

export interface FocusStats {
  readonly online: boolean;
  readonly conferences: number;
  readonly participants: number;
  readonly bridges: number;
  readonly operationalBridges: number;
  /** Logins remembered. */
  readonly sessions: number;
}

export interface Focus {
  /** Resolves when the focus can be asked for conferences for the first time. */
  readonly ready: Promise<void>;
  stats(): FocusStats;
  /** Answers what operators ask over HTTP, and conference requests over HTTP; only these are for the world. */
  rest(request: RestRequest): Promise<RestAnswer>;
  /** Ends all conferences and the connection. */
  stop(): Promise<void>;
  /** Ends nothing but this process's part: conferences that run are taken over by the next one that finds the journal. */
  handOver(): Promise<void>;
}

const DEFAULT_USERNAME = 'focus';
const SWEEP_MS = 10_000;
const VERSION = '0.1.0';

export interface FocusSurroundings {
  readonly log: Logger;
  /** Where running conferences are written down. Without it they end with the process. */
  readonly journal?: JournalFile;
}

/**
 * Starts the focus of `options.domain`; it connects, and reconnects, by itself. Throws a ZodError when the options are
 * wrong.
 */
export const startFocus = async (
  options: FocusOptions,
  { log, journal }: FocusSurroundings,
): Promise<Focus> => {
  const { xmpp, ...rest } = options;
  const settings = focusSettings.parse(rest);
  const left = journal ? await Journal.read(journal, log) : [];
  const { username = DEFAULT_USERNAME } = xmpp;
  const connection = connect({
    ...xmpp,
    username,
    domain: `auth.${settings.domain}`,
    resource: 'focus',
    log,
  });
  const focusJid = `${username}@auth.${settings.domain}`;
  return runFocus(settings, {
    connection,
    focusJid,
    clock: systemClock,
    random: systemRandom,
    log,
    left,
    ...(journal && { journal }),
  });
};

export interface FocusParts {
  readonly connection: XmppConnection;
  /** Bare JID of the focus. */
  readonly focusJid: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly journal?: JournalFile;
  /** Conferences to be taken over. */
  readonly left: readonly RunningConference[];
}

/** Runs the focus on a connection. */
export const runFocus = (settings: FocusSettings, parts: FocusParts): Focus => {
  const { connection, clock, random, log, focusJid, left } = parts;
  const { domain, bridges: bridgeSettings } = settings;
  const authority = makeAuthority(settings, random);
  const bridges = new BridgeTable(
    {
      connection,
      clock,
      log,
      load: bridgeSettings,
      health: bridgeSettings.healthChecks,
      selection: bridgeSettings,
    },
    {
      bridgeAvailable: () => conferences.bridgeAvailable(),
      bridgeLost: (bridge) => conferences.bridgeLost(bridge),
    },
  );
  const tally = new Tally();
  const pins = new VersionPins(() => clock.now());
  const recorders = new Recorders(settings.recording, clock, log, (jid) => conferences.recorderGone(jid));
  const gateways = new Gateways(settings.bridges.regions, log);
  let visitorsComponent: string | undefined;
  const conferences: Conferences = new Conferences({
    connection,
    clock,
    random,
    tally,
    log,
    bridges,
    pinnedVersion: (room) => pins.versionFor(room),
    discovery: new FeatureDiscovery(connection),
    settings: settings.conference,
    connects: settings,
    recorders,
    recording: settings.recording,
    gateways,
    visitors: { settings: settings.visitors, component: () => visitorsComponent },
    serviceDomains: new Set([`recorder.${domain}`, `auth.${domain}`]),
    version: VERSION,
    ownership: ownershipPolicy(settings, authority, clock),
    onEnded: (room) => authority.conferenceEnded(room),
    onRunningChanged: () => journal?.changed() ?? Promise.resolve(),
  });
  const journal = parts.journal && new Journal(parts.journal, () => conferences.running(), log);
  const requests = {
    authority,
    hall: conferences,
    proxyDomain: `focus.${domain}`,
    focusJid,
    conferenceService: `conference.${domain}`,
    breakoutService: `breakout.${domain}`,
    hasGateways: settings.gateways.enabled,
    maxRoomNameBytes: settings.conference.maxRoomNameBytes,
    log,
    tally,
    now: () => clock.now(),
  };
  const unhandle = handleIqs({ connection, conferences, recorders, requests });
  const operation = new RestInterface(
    operatedFocus({
      connection,
      clock,
      tally,
      bridges,
      conferences,
      recorders,
      gateways,
      pins,
      requests,
      version: VERSION,
    }),
  );
  const hush = listenToComponents(
    {
      connection,
      clock,
      domain,
      log,
      onFound: (addresses) => {
        visitorsComponent = addresses.get('visitors');
      },
    },
    {
      av_moderation: (json) => {
        const notice = readModerationNotice(json);
        if (notice) conferences.get(notice.room)?.tell(({ moderation }) => moderation.changed(notice));
      },
      room_metadata: (json, { attrs }) => conferences.get(String(attrs['room']))?.described(json),
    },
  );
  const endRecovery = recover(connection, conferences, left);
  const watch = (brewery: string, table: BreweryTable): Brewery =>
    watchBrewery(
      connection,
      { room: `${brewery}@internal.auth.${domain}`, serviceDomain: `auth.${domain}` },
      table,
      log,
    );
  const breweries = [
    watch(bridgeSettings.brewery, bridges),
    watch(settings.recording.brewery, recorders),
    watch(settings.gateways.brewery, gateways),
  ];
  const endSweep = sweepRegularly(authority, clock);
  const endRedistribution = redistributeLoad({
    clock,
    log,
    options: bridgeSettings.loadRedistribution,
    bridges: () => bridges.all(),
    move: (bridge, count) => {
      const moved = conferences.moveFrom(bridge, count);
      tally.add('load_redistributor_endpoints_moved', moved.movedEndpoints);
      return moved;
    },
  });
  const endDisconnects = connection.on('offline', () => tally.add('xmpp_disconnects'));

  const rest = () => {
    unhandle();
    hush();
    endRecovery();
    endSweep();
    endRedistribution();
    endDisconnects();
  };

  return {
    ready: whenOnline(connection),
    rest: (request) => operation.answer(request),
    stats: () => ({
      online: connection.online,
      conferences: conferences.size,
      participants: conferences.participantCount,
      bridges: bridges.size,
      operationalBridges: bridges.operationalCount,
      sessions: authority.sessionCount,
    }),
    async stop() {
      rest();
      conferences.stopAll('the focus stops');
      for (const brewery of breweries) brewery.leave();
      bridges.clear();
      await connection.stop();
      await journal?.changed();
      log.info('focus stopped');
    },
    async handOver() {
      if (!journal || conferences.size === 0) return this.stop();
      rest();
      connection.abandon();
      await journal.changed();
      log.info({ conferences: conferences.size }, 'focus stopped: conferences wait for its successor');
    },
  };
};

const makeAuthority = ({ authentication, sessions, domain }: FocusSettings, random: Random): Authority => {
  if (authentication === 'none') return openAuthority;
  const make = { xmpp: xmppAuthority, jwt: jwtAuthority }[authentication];
  return make({ ...sessions, trustedDomain: domain }, () => random.uuid());
};

const ownershipPolicy = (
  { authentication, conference }: FocusSettings,
  authority: Authority,
  clock: Clock,
): OwnershipMaker =>
  authentication === 'none' && conference.autoOwner
    ? electedOwner
    : ownersByLogin((fullJid) => authority.sessionOf(fullJid, clock.now()) !== undefined);

/** A session that could not be resumed takes its places in rooms with it: the focus enters them again, as far as they are there. */
const recover = (
  connection: XmppConnection,
  conferences: Conferences,
  left: readonly RunningConference[],
): (() => void) => {
  const waiting = [...left];
  if (connection.online) conferences.takeOver(waiting.splice(0));
  return connection.on('online', ({ resumed }) => {
    if (resumed) return;
    const running = [...waiting.splice(0), ...conferences.running()];
    conferences.stopAll('connection lost');
    conferences.takeOver(running);
  });
};

const sweepRegularly = (authority: Authority, clock: Clock): (() => void) => {
  let timer: Timer;
  const next = () => {
    timer = clock.after(SWEEP_MS, () => {
      authority.sweep(clock.now());
      next();
    });
  };
  next();
  return () => timer.cancel();
};

const whenOnline = (connection: XmppConnection): Promise<void> =>
  connection.online
    ? Promise.resolve()
    : new Promise((resolve) => {
        const unsubscribe = connection.on('online', () => {
          unsubscribe();
          resolve();
        });
      });
