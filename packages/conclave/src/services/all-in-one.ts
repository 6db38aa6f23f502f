/** All services in one process: they speak XMPP with each other as if they were apart. */
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { xmppRequests } from '../http/bosh.js';
import { conferenceRequest } from '../http/conference-request.js';
import { startWebFront, type WebFront } from '../http/web-front.js';
import { publicUrl } from '../http/public-url.js';
import type { Running } from '../process/run.js';
import { Scope } from '../process/scope.js';
import { webAdvice } from './advice.js';
import { admissionPolicy } from './admission.js';
import { serviceContext } from './context.js';
import { startFocusService } from './focus.js';
import { ForwardingPeers } from './trusted-proxies.js';
import { startVideobridgeService } from './videobridge.js';
import { startXmppService } from './xmpp-server.js';

export interface AllInOne extends Running {
  /** Ports in use, also where the configuration said 0. */
  readonly ports: { readonly http: number; readonly c2s: number };
}

/** Milliseconds that the focus and the videobridge have to log in. */
const readyWithin = 20_000;

/**
 * Starts everything and returns when a conference could begin.
 * @param page the directory of the page, the built one when absent
 * @throws ConclaveError; nothing keeps running then
 */
export async function startAllInOne(loaded: LoadedConfig, log: Logger, page?: string): Promise<AllInOne> {
  const { config } = loaded;
  const scope = new Scope(log);
  try {
    let front: WebFront | undefined = undefined;
    // First in and so stopped last: the services take leave of their clients before.
    scope.add('web', () => front?.stop());
    const context = serviceContext(loaded, log);
    const { server, reload } = await startXmppService(
      context,
      scope,
      new ForwardingPeers(config.http.trustedProxies),
    );
    const { address } = config.xmpp.c2s;
    const xmpp = { host: address === 'any' ? '127.0.0.1' : address, port: server.ports.c2s };
    const bridge = await startVideobridgeService(context, xmpp, scope);
    const focus = await startFocusService(context, xmpp, scope);
    front = await startWebFront(
      config,
      {
        xmpp: (...upgrade) => server.handleUpgrade(...upgrade),
        bosh: xmppRequests(server),
        bridge: (...upgrade) => bridge.handleUpgrade(...upgrade),
        conferenceRequest: (body) => focus.rest({ ...conferenceRequest, body }),
      },
      log.child({ service: 'web' }),
      page,
    );
    for (const { code, message } of webAdvice(config)) log.warn({ code }, message);
    await inTime(Promise.all([focus.ready, bridge.ready]));

    log.info(admissionPolicy(config));
    log.info(readyLine({ ...config, http: { ...config.http, port: front.port } }));
    return { ports: { http: front.port, c2s: server.ports.c2s }, reload, stop: () => scope.stop() };
  } catch (error) {
    await scope.stop();
    throw error;
  }
}

async function inTime(ready: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new ConclaveError(
          'RUN-002',
          `The focus and the videobridge did not log in within ${readyWithin / 1000} s`,
        ),
      );
    }, readyWithin);
  });
  try {
    await Promise.race([ready, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The line that ends a start: where the page is, and the one command that a new installation needs. */
function readyLine(config: Config): string {
  const elsewhere = config.data === resolve('data') ? '' : ` --data ${quoted(config.data)}`;
  const register = `npx conclavectl register <user> ${config.domain} <password>${elsewhere}`;
  return `Conclave is ready: ${publicUrl(config)} - register a first host: ${register}`;
}

/** For a shell. */
const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
