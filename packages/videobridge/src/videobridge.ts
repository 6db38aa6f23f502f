/** The videobridge as a whole: the media side, the bridge channel over WebSocket, and its place in the brewery. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { connect, type TlsTrust } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';

import { ColibriWebSocketServer } from './channel/websocket-server.js';
import { Brewery } from './colibri/brewery.js';
import { type BridgeStatistics, VERSION } from './colibri/stats.js';
import { Bridge } from './conference/bridge.js';
import type { BridgeLimits } from './conference/limits.js';
import type { IceRestartOptions } from './transport/ice/ice-restarts.js';
import type { StunServer } from './transport/stun-mapping.js';
import { BridgeOperation, type OperationOptions } from './operation/bridge-operation.js';
import type { RestAnswer, RestRequest } from './operation/rest.js';

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
    /** Addresses that clients are told, `ip` or `ip#port` where the port is another one there; empty: those of all external interfaces. */
    readonly advertisedAddresses: readonly string[];
    /** STUN servers that are asked for the address of this machine behind a NAT; its port must be the same there. */
    readonly stunServers?: readonly StunServer[];
    /** Whether and how clients may come to other networks within their session. */
    readonly iceRestart?: IceRestartOptions;
  };
  /** Where clients reach `/colibri-ws`, such as `wss://meet.example`; absent: WebSockets are not offered. */
  readonly publicWebSocketUrl?: string;
  readonly limits?: Partial<BridgeLimits>;
  readonly operation?: OperationOptions;
}

export interface Videobridge {
  /** Resolves when the bridge has entered the brewery for the first time: from then on the focus can use it. */
  readonly ready: Promise<void>;
  /** What it is called among the bridges. */
  readonly nick: string;
  /** UDP port of all media. */
  readonly mediaPort: number;
  /** Takes an HTTP upgrade request below `/colibri-ws/`; refuses it itself where it must. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Answers what operators ask over HTTP (health, statistics, metrics, draining, shutdown); not for the world. */
  rest(request: RestRequest): Promise<RestAnswer>;
  /** Resolves when a shutdown that was asked for has come to its end: the process may go. */
  readonly ended: Promise<void>;
  /** What the brewery is told. */
  stats(): BridgeStatistics;
  /** Ends all conferences and leaves the brewery; within two seconds. */
  stop(): Promise<void>;
}

/**
 * Starts a videobridge. Rejects when the media port cannot be had; an XMPP server that cannot be reached is tried again until
 * it can.
 */
export async function startVideobridge(
  options: VideobridgeOptions,
  { log: parent }: { readonly log: Logger },
): Promise<Videobridge> {
  const { domain, xmpp, media, limits, region } = options;
  const nick = options.nick ?? `jvb-${randomBytes(4).toString('hex')}`;
  // Several bridges of one machine write into one log.
  const log = parent.child({ bridge: nick });
  const bridge = await Bridge.open(
    {
      media: { ...media, includeLoopback: domain === 'localhost' },
      ...(limits === undefined ? {} : { limits }),
      relayId: nick,
      application: { name: 'Conclave videobridge', version: VERSION, region },
    },
    log,
  );
  const webSockets = new ColibriWebSocketServer(bridge, nick, options.publicWebSocketUrl, log);
  const connection = connect({
    ...xmpp,
    domain: `auth.${domain}`,
    resource: `${nick}-${randomBytes(4).toString('hex')}`,
    // A bridge that dies leaves the brewery at once, and the focus moves its conferences.
    resumes: false,
    log,
  });
  let disconnects = 0;
  connection.on('offline', () => (disconnects += 1));
  const place: { brewery?: Brewery } = {};
  const operation = new BridgeOperation(
    bridge,
    options.operation ?? {},
    {
      nick,
      region,
      inBrewery: () => place.brewery?.entered ?? false,
      connected: () => connection.online,
      disconnects: () => disconnects,
    },
    log,
  );
  const brewery = new Brewery(
    connection,
    bridge,
    {
      room: `jvbbrewery@internal.auth.${domain}`,
      nick,
      focus: `focus@auth.${domain}`,
      webSocketUrls: (conference, endpoint) => webSockets.urls(conference, endpoint),
      statistics: () => operation.statistics(),
      health: () => operation.health(),
    },
    log,
  );
  place.brewery = brewery;
  return {
    ready: new Promise((resolve) => brewery.onEntered(resolve)),
    nick,
    mediaPort: bridge.mediaPort,
    handleUpgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head),
    rest: (request) => operation.rest.answer(request),
    ended: operation.ended,
    stats: () => operation.statistics(),
    stop: async () => {
      operation.stop();
      brewery.close();
      webSockets.close();
      bridge.close();
      await connection.stop();
    },
  };
}
