/**
 * Each service as a process of its own (docker compose, several machines). The services meet over XMPP; browsers' WebSockets
 * reach the XMPP server and the videobridge through the web service, at their internal HTTP ports.
 */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { forwardRequests } from '../http/bosh.js';
import { forwardUpgrades } from '../http/upgrades.js';
import { startWebFront } from '../http/web-front.js';
import type { Running } from '../process/run.js';
import { Scope } from '../process/scope.js';
import { webAdvice } from './advice.js';
import { type ServiceContext, serviceContext } from './context.js';
import { startFocusService } from './focus.js';
import { ForwardingPeers } from './trusted-proxies.js';
import { InternalHttp } from './internal-http.js';
import { publicUrl, startVideobridgeService } from './videobridge.js';
import { admissionPolicy, startXmppService } from './xmpp-server.js';

export const serviceNames = ['xmpp-server', 'focus', 'videobridge', 'web'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Starts one service; it is up, though perhaps not yet connected to the others, when this returns. @throws ConclaveError */
export async function startService(name: ServiceName, config: Config, log: Logger): Promise<Running> {
  const scope = new Scope(log);
  try {
    await starters[name](serviceContext(config, log), scope);
    log.info({ service: name }, `${name} is up`);
    return { stop: () => scope.stop() };
  } catch (error) {
    await scope.stop();
    throw error;
  }
}

const starters: Readonly<Record<ServiceName, (context: ServiceContext, scope: Scope) => Promise<void>>> = {
  async 'xmpp-server'(context, scope) {
    const peers = new ForwardingPeers(context.config.http.trustedProxies);
    const internal = internalHttp(scope);
    const server = await startXmppService(context, scope, peers);
    const { address, port } = context.config.xmpp.internalHttp;
    const listener = { address, port, key: 'xmpp.internalHttp.port', variable: 'CONCLAVE_XMPP_HTTP_PORT' };
    await internal.start(
      listener,
      {
        xmpp: (request, ...rest) => {
          peers.arrived(request);
          server.handleUpgrade(request, ...rest);
        },
      },
      (request, response) => {
        peers.arrived(request);
        server.handleBosh(request, response);
      },
    );
    context.log.info(admissionPolicy(context.config.domain));
  },

  async focus(context, scope) {
    const focus = await startFocusService(context, xmppAddress(context), scope);
    void focus.ready.then(() => context.log.info('focus is ready'));
  },

  async videobridge(context, scope) {
    const internal = internalHttp(scope);
    const bridge = await startVideobridgeService(context, xmppAddress(context), scope);
    const { address, port } = context.config.media.internalHttp;
    const listener = { address, port, key: 'media.internalHttp.port', variable: 'CONCLAVE_BRIDGE_HTTP_PORT' };
    await internal.start(listener, { bridge: (...upgrade) => bridge.handleUpgrade(...upgrade) });
    void bridge.ready.then(() => context.log.info('videobridge is ready'));
  },

  async web({ config, log }, scope) {
    const routes = {
      bosh: forwardRequests(config.xmpp.internalHttp.url, log),
      xmpp: forwardUpgrades(config.xmpp.internalHttp.url, log),
      bridge: forwardUpgrades(config.media.internalHttp.url, log),
    };
    const front = await startWebFront(config, routes, log.child({ service: 'web' }));
    scope.add('web', () => front.stop());
    for (const { code, message } of webAdvice(config)) log.warn({ code }, message);
    log.info(`The page is at ${publicUrl({ ...config, http: { ...config.http, port: front.port } })}`);
  },
};

/** Begun before the service and so stopped after it: the service takes leave of its clients first. */
function internalHttp(scope: Scope): InternalHttp {
  const internal = new InternalHttp();
  scope.add('internal HTTP', () => internal.stop());
  return internal;
}

function xmppAddress({ config }: ServiceContext): { host: string; port: number } {
  return { host: config.xmpp.host, port: config.xmpp.c2s.port };
}
