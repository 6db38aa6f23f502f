/** The videobridge as a whole: the media side, the bridge channel over WebSocket, and its place in the brewery. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { connect, type TlsTrust } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';

import { ColibriWebSocketServer } from './channel/websocket-server.js';
import { Brewery } from './colibri/brewery.js';
import { type BridgeStatistics, bridgeStatistics, LoadMeter } from './colibri/stats.js';
import { Bridge } from './conference/bridge.js';
import type { BridgeLimits } from './conference/limits.js';

export interface VideobridgeOptions {
  /** The domain D of the installation: the brewery is `jvbbrewery@internal.auth.D`, the focus `focus@auth.D`. */
  readonly domain: string;
  readonly xmpp: {
    readonly host: string;
    readonly port: number;
    /** Account on `auth.D`. */
    readonly username: string;
    readonly password: string;
    readonly tls: TlsTrust;
  };
  /** Name in the brewery and in WebSocket URLs, unique among bridges; a random one when absent. */
  readonly nick?: string;
  readonly region?: string;
  readonly media: {
    /** UDP port of all media; 0 takes a free one. */
    readonly port: number;
    /** Address to listen on; all when absent. */
    readonly bindAddress?: string;
    /** Addresses that clients are told; empty: those of all external interfaces. */
    readonly advertisedAddresses: readonly string[];
  };
  /** Where clients reach `/colibri-ws`, such as `wss://meet.example`; absent: WebSockets are not offered. */
  readonly publicWebSocketUrl?: string;
  readonly limits?: Partial<BridgeLimits>;
}

export interface Videobridge {
  /** Resolves when the bridge has entered the brewery for the first time: from then on the focus can use it. */
  readonly ready: Promise<void>;
  /** UDP port of all media. */
  readonly mediaPort: number;
  /** Takes an HTTP upgrade request below `/colibri-ws/`; refuses it itself where it must. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** What the brewery is told. */
  stats(): BridgeStatistics;
  /** Ends all conferences and leaves the brewery; within two seconds. */
  stop(): Promise<void>;
}

const LOAD_INTERVAL = 5000;

/**
 * Starts a videobridge. Rejects when the media port cannot be had; an XMPP server that cannot be reached is tried again until
 * it can.
 */
export async function startVideobridge(
  options: VideobridgeOptions,
  { log }: { readonly log: Logger },
): Promise<Videobridge> {
  const { domain, xmpp, media, limits, region } = options;
  const nick = options.nick ?? `jvb-${randomBytes(4).toString('hex')}`;
  const bridge = await Bridge.open(
    {
      media: { ...media, includeLoopback: domain === 'localhost' },
      ...(limits === undefined ? {} : { limits }),
    },
    log,
  );
  const load = new LoadMeter();
  const sampling = setInterval(() => load.sample(), LOAD_INTERVAL);
  const statistics = (): BridgeStatistics => bridgeStatistics(bridge, load.stress, region);
  const webSockets = new ColibriWebSocketServer(bridge, nick, options.publicWebSocketUrl, log);
  const connection = connect({
    ...xmpp,
    domain: `auth.${domain}`,
    resource: `${nick}-${randomBytes(4).toString('hex')}`,
    log,
  });
  const brewery = new Brewery(
    connection,
    bridge,
    {
      room: `jvbbrewery@internal.auth.${domain}`,
      nick,
      focus: `focus@auth.${domain}`,
      webSocketUrls: (conference, endpoint) => webSockets.urls(conference, endpoint),
      statistics,
    },
    log,
  );
  return {
    ready: new Promise((resolve) => brewery.onEntered(resolve)),
    mediaPort: bridge.mediaPort,
    handleUpgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head),
    stats: statistics,
    stop: async () => {
      clearInterval(sampling);
      brewery.close();
      webSockets.close();
      bridge.close();
      await connection.stop();
    },
  };
}
