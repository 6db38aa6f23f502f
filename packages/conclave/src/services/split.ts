/**
 * Each service as a process of its own (docker compose, several machines). The services meet over XMPP; browsers' WebSockets
 * reach the XMPP server and the videobridge through the web service, at their internal HTTP ports.
 */
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { forwardRequests, xmppRequests } from '../http/bosh.js';
import { forwardUpgrades, type UpgradeHandler } from '../http/upgrades.js';
import { forwardConferenceRequests } from '../http/conference-request.js';
import { startWebFront } from '../http/web-front.js';
import { publicUrl } from '../http/public-url.js';
import type { Running } from '../process/run.js';
import { Scope } from '../process/scope.js';
import { webAdvice } from './advice.js';
import { admissionPolicy } from './admission.js';
import { type ServiceContext, serviceContext } from './context.js';
import { focusJournal, startFocusService } from './focus.js';
import { type Reload, reloading } from './reload.js';
import { ForwardingPeers } from './trusted-proxies.js';
import { InternalHttp, provesOperator } from './internal-http.js';
import { heartbeat } from './bridge-processes.js';
import { startVideobridgeService } from './videobridge.js';
import { startXmppService } from './xmpp-server.js';

export const serviceNames = ['xmpp-server', 'focus', 'videobridge', 'web'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Starts one service; it is up, though perhaps not yet connected to the others, when this returns. @throws ConclaveError */
export async function startService(name: ServiceName, loaded: LoadedConfig, log: Logger): Promise<Running> {
  const scope = new Scope(log);
  try {
    const reload = await starters[name](serviceContext(loaded, log), scope);
    log.info({ service: name }, `${name} is up`);
    return { reload: reload ?? reloading(loaded, log), stop: () => scope.stop() };
  } catch (error) {
    await scope.stop();
    throw error;
  }
}

/** @returns how the service takes over a changed configuration, if it takes over more than the level of its log */
type Starter = (context: ServiceContext, scope: Scope) => Promise<Reload | undefined>;

const starters: Readonly<Record<ServiceName, Starter>> = {
  async 'xmpp-server'(context, scope) {
    const peers = new ForwardingPeers(context.config.http.trustedProxies);
    const internal = internalHttp(scope);
    const { server, reload } = await startXmppService(context, scope, peers);
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
      {
        bosh: (request, response) => {
          peers.arrived(request);
          xmppRequests(server)(request, response);
        },
      },
    );
    context.log.info(admissionPolicy(context.config));
    return reload;
  },

  async focus(context, scope) {
    const internal = internalHttp(scope);
    const focus = await startFocusService(context, xmppAddress(context), scope, await focusJournal(context));
    const { address, port } = context.config.focus.internalHttp;
    const listener = { address, port, key: 'focus.internalHttp.port', variable: 'CONCLAVE_FOCUS_HTTP_PORT' };
    await internal.start(listener, {}, { operation: (request) => focus.rest(request) });
    void focus.ready.then(() => context.log.info('focus is ready'));
    return undefined;
  },

  async videobridge(context, scope) {
    const internal = internalHttp(scope);
    const bridge = await startVideobridgeService(context, xmppAddress(context), scope);
    const { address, port } = context.config.media.internalHttp;
    const listener = { address, port, key: 'media.internalHttp.port', variable: 'CONCLAVE_BRIDGE_HTTP_PORT' };
    await internal.start(
      listener,
      { bridge: (...upgrade) => bridge.handleUpgrade(...upgrade) },
      {
        operation: (request) =>
          bridge.rest({
            ...request,
            authority: provesOperator(context.config.media.internalHttp.token, request.authorization)
              ? 'proven'
              : 'local',
          }),
      },
    );
    // As if it had been told to stop from outside: everything is taken leave of in order.
    const end = () => void process.kill(process.pid, 'SIGTERM');
    void bridge.ended.then(end);
    // One of several on this machine does not outlive the process that started it, and shows it that its loop turns.
    if (process.channel) {
      process.once('disconnect', end);
      const beat = setInterval(() => process.send?.('alive'), heartbeat);
      scope.add('heartbeat', () => clearInterval(beat));
    }
    void bridge.ready.then(() => context.log.info('videobridge is ready'));
    return undefined;
  },

  async web({ config, log }, scope) {
    const routes = {
      bosh: forwardRequests(config.xmpp.internalHttp.url, log),
      xmpp: forwardUpgrades(config.xmpp.internalHttp.url, log),
      bridge: bridgeUpgrades(config.media.internalHttp, log),
      conferenceRequest: forwardConferenceRequests(config.focus.internalHttp.url, log),
    };
    const front = await startWebFront(config, routes, log.child({ service: 'web' }));
    scope.add('web', () => front.stop());
    for (const { code, message } of webAdvice(config)) log.warn({ code }, message);
    log.info(`The page is at ${publicUrl({ ...config, http: { ...config.http, port: front.port } })}`);
    return undefined;
  },
};

/** To whichever bridge knows the one that a WebSocket is for. */
function bridgeUpgrades({ url, others }: Config['media']['internalHttp'], log: Logger): UpgradeHandler {
  const [last = url, ...before] = [url, ...others].reverse();
  return before.reduce(
    (otherwise, origin) => forwardUpgrades(origin, log, { otherwise }),
    forwardUpgrades(last, log),
  );
}

/** Begun before the service and so stopped after it: the service takes leave of its clients first. */
function internalHttp(scope: Scope): InternalHttp {
  const internal = new InternalHttp();
  scope.add('internal HTTP', () => internal.stop());
  return internal;
}

function xmppAddress({ config }: ServiceContext): { host: string; port: number } {
  return { host: config.xmpp.host, port: config.xmpp.c2s.port };
}
