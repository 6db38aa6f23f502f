/** The focus as a whole: one connection, the authority, the brewery, the conferences; started and stopped together. */
import { connect, type ConnectOptions, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type Brewery, watchBrewery } from './bridges/brewery.js';
import { BridgeTable } from './bridges/bridge-table.js';
import { type Clock, systemClock, type Timer } from './clock.js';
import { Conferences } from './conference/conferences.js';
import {
  electedOwner,
  type GrantOwnership,
  ownersByLogin,
  type OwnershipPolicy,
} from './conference/ownership.js';
import { handleIqs } from './iq-handlers.js';
import { FeatureDiscovery } from './jingle/discovery.js';
import { type FocusSettings, focusSettings } from './options.js';
import { type Random, systemRandom } from './random.js';
import type { Authority } from './request/authority/authority.js';
import { openAuthority } from './request/authority/open.js';
import { XmppAuthority } from './request/authority/xmpp.js';

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
  /** Ends all conferences and the connection. */
  stop(): Promise<void>;
}

const DEFAULT_USERNAME = 'focus';
const SWEEP_MS = 10_000;
const VERSION = '0.1.0';

/**
 * Starts the focus of `options.domain`. Returns at once: it connects, and reconnects, by itself. Throws a ZodError when
 * the options are wrong.
 */
export const startFocus = (options: FocusOptions, { log }: { log: Logger }): Promise<Focus> => {
  const { xmpp, ...rest } = options;
  const settings = focusSettings.parse(rest);
  const { username = DEFAULT_USERNAME } = xmpp;
  const connection = connect({
    ...xmpp,
    username,
    domain: `auth.${settings.domain}`,
    resource: 'focus',
    log,
  });
  const focusJid = `${username}@auth.${settings.domain}`;
  return Promise.resolve(
    runFocus(settings, { connection, focusJid, clock: systemClock, random: systemRandom, log }),
  );
};

export interface FocusParts {
  readonly connection: XmppConnection;
  /** Bare JID of the focus. */
  readonly focusJid: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Runs the focus on a connection. */
export const runFocus = (settings: FocusSettings, parts: FocusParts): Focus => {
  const { connection, clock, random, log, focusJid } = parts;
  const { domain, bridges: bridgeSettings, resumeTimeoutMs } = settings;
  const authority = makeAuthority(settings, random);
  const bridges = new BridgeTable(
    { connection, clock, log, load: bridgeSettings, health: bridgeSettings.healthChecks },
    {
      bridgeAvailable: () => conferences.bridgeAvailable(),
      bridgeLost: (bridge) => conferences.bridgeLost(bridge),
    },
  );
  const conferences: Conferences = new Conferences({
    connection,
    clock,
    random,
    log,
    bridges,
    discovery: new FeatureDiscovery(connection),
    settings: settings.conference,
    version: VERSION,
    ownership: (grant) => ownershipPolicy(settings, authority, clock, grant),
    onEnded: (room) => authority.conferenceEnded(room),
  });
  const unhandle = handleIqs({
    connection,
    conferences,
    requests: {
      authority,
      hall: conferences,
      proxyDomain: `focus.${domain}`,
      focusJid,
      conferenceService: `conference.${domain}`,
      maxRoomNameBytes: settings.conference.maxRoomNameBytes,
      log,
      now: () => clock.now(),
    },
  });
  const endLoss = endConferencesOnLoss(connection, conferences, clock, resumeTimeoutMs);
  const brewery: Brewery = watchBrewery(
    connection,
    { room: `${bridgeSettings.brewery}@internal.auth.${domain}`, bridgeDomain: `auth.${domain}` },
    bridges,
    log,
  );
  const endSweep = sweepRegularly(authority, clock);

  return {
    ready: whenOnline(connection),
    stats: () => ({
      online: connection.online,
      conferences: conferences.size,
      participants: conferences.participantCount,
      bridges: bridges.size,
      operationalBridges: bridges.operationalCount,
      sessions: authority.sessionCount,
    }),
    async stop() {
      unhandle();
      endLoss();
      endSweep();
      conferences.stopAll('the focus stops');
      brewery.leave();
      bridges.clear();
      await connection.stop();
      log.info('focus stopped');
    },
  };
};

const makeAuthority = ({ authentication, sessions, domain }: FocusSettings, random: Random): Authority =>
  authentication === 'none'
    ? openAuthority
    : new XmppAuthority({ ...sessions, trustedDomain: domain }, () => random.uuid());

const ownershipPolicy = (
  { authentication, conference }: FocusSettings,
  authority: Authority,
  clock: Clock,
  grant: GrantOwnership,
): OwnershipPolicy =>
  authentication === 'none' && conference.autoOwner
    ? electedOwner(grant)
    : ownersByLogin((fullJid) => authority.sessionOf(fullJid, clock.now()) !== undefined, grant);

/** A lost connection that does not come back in time, or comes back as another session, takes the conferences with it. */
const endConferencesOnLoss = (
  connection: XmppConnection,
  conferences: Conferences,
  clock: Clock,
  resumeTimeoutMs: number,
): (() => void) => {
  let timer: Timer | undefined;
  const unsubscribes = [
    connection.on('offline', () => {
      timer?.cancel();
      timer = clock.after(resumeTimeoutMs, () => conferences.stopAll('connection lost'));
    }),
    connection.on('online', ({ resumed }) => {
      timer?.cancel();
      if (!resumed) conferences.stopAll('connection lost');
    }),
  ];
  return () => {
    timer?.cancel();
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
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
