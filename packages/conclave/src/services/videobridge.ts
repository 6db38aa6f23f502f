/** The videobridge, logged in to the XMPP server with the password that both find in the secrets directory. */
import { availableParallelism, networkInterfaces } from 'node:os';
import { startVideobridge, type Videobridge } from '@conclave/videobridge';
import type { Config } from '../config/schema.js';
import { publishedCertificate } from '../data/server-certificate.js';
import { servicePassword } from '../data/service-passwords.js';
import { bindAddress, listenError } from '../http/listen.js';
import { publicUrl } from '../http/public-url.js';
import type { Scope } from '../process/scope.js';
import { mediaAdvice } from './advice.js';
import { openBridgeSocket } from './bridge-socket.js';
import { BridgeProcesses } from './bridge-processes.js';
import { type ServiceContext, sharedDirectory } from './context.js';
import type { XmppAddress } from './focus.js';

/** @throws ConclaveError NET-… when the media port cannot be had */
export async function startVideobridgeService(
  context: ServiceContext,
  xmpp: XmppAddress,
  scope: Scope,
): Promise<Videobridge> {
  const { config, paths, log } = context;
  const { address, port, advertisedAddresses, stunServers, name, region } = config.media;
  const { lastN = -1, loudestSpeakers = -1, silenceDetection, targetBitrates } = config.media;
  const { assumedBandwidth, lastNBySize } = config.media;
  await sharedDirectory(context);
  const bridge = await startVideobridge(
    {
      domain: config.domain,
      xmpp: {
        ...xmpp,
        username: 'jvb',
        password: await servicePassword(paths.secrets, 'jvb'),
        tls: { ca: () => publishedCertificate(paths) },
      },
      media: {
        port,
        ...(address === 'any' ? {} : { bindAddress: bindAddress(address) }),
        advertisedAddresses,
        iceRestart: iceRestartOf(config),
        stunServers: stunServers.map((server) => {
          const { hostname, port: own } = new URL(`stun://${server}`);
          return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(own || 3478) };
        }),
      },
      limits: {
        lastN,
        lastNBySize: new Map(Object.entries(lastNBySize).map(([size, limit]) => [Number(size), limit])),
        loudestSpeakers,
        silenceDetection,
        targetBitrates,
        ...(assumedBandwidth !== undefined && { assumedBandwidth: assumedBandwidth * 1000 }),
      },
      operation: operationOf(config),
      publicWebSocketUrl: publicWebSocketUrl(config),
      ...(name !== undefined && { nick: name }),
      ...(region !== undefined && { region }),
    },
    { log: log.child({ service: 'videobridge' }) },
  ).catch((error: unknown) => {
    throw listenError(error, { address, port, key: 'media.port', variable: 'CONCLAVE_MEDIA_PORT' });
  });
  scope.add('videobridge', () => bridge.stop());
  scope.add('bridge socket', await openBridgeSocket(paths.bridges, bridge, log));
  for (const { code, message } of mediaAdvice(config, networkInterfaces())) log.warn({ code }, message);
  return withOthers(bridge, context, xmpp, scope);
}

/** Seconds become milliseconds. */
function iceRestartOf({ media: { iceRestart } }: Config) {
  const { enabled, transitionWindow, timeout } = iceRestart;
  return { enabled, transitionWindow: transitionWindow * 1000, timeout: timeout * 1000 };
}

function operationOf({ media }: Config) {
  const { draining, fullPacketRate, gracePeriod, reduceLoad, stuckEnd, stuckReport } = media.operation;
  const watchdog = { reportAfter: stuckReport, endAfter: stuckEnd };
  return { draining, fullPacketRate, gracePeriod, reducesLoad: reduceLoad, watchdog };
}

/** With the further bridges of this machine, whose WebSockets come in here as well. */
function withOthers(
  bridge: Videobridge,
  { config, log }: ServiceContext,
  xmpp: XmppAddress,
  scope: Scope,
): Videobridge {
  const processes = config.media.processes === 0 ? availableParallelism() : config.media.processes;
  if (processes === 1) return bridge;
  const others = new BridgeProcesses(processes - 1, config, xmpp, log.child({ service: 'videobridge' }));
  scope.add('further videobridges', () => others.stop());
  return {
    ...bridge,
    handleUpgrade: (...upgrade) => {
      if (!others.handleUpgrade(...upgrade)) bridge.handleUpgrade(...upgrade);
    },
  };
}

/** The same origin as a WebSocket: `https` becomes `wss`. */
function publicWebSocketUrl(config: Config): string {
  return publicUrl(config).replace(/^http/, 'ws');
}
