/**
 * The web front: the one HTTP port that browsers speak to. It serves the page, `/config.js` and `/about/health`, and hands
 * WebSocket upgrades to the services.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { type RequestHandler, serverWithBosh } from './bosh.js';
import { clientConfigScript } from './client-config.js';
import { conferenceRequestPath, type ConferenceRequests } from './conference-request.js';
import { hostMetaJson, hostMetaXml } from './host-meta.js';
import { listen } from './listen.js';
import { publicUrl } from './public-url.js';
import { securityHeaders } from './security-headers.js';
import { tenantIn } from './tenants.js';
import { takeUpgrades, type UpgradeRoutes } from './upgrades.js';

/** Where `npm run build` puts the page. */
const builtPage = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Where the requests go that are not for the page. */
export interface FrontRoutes extends UpgradeRoutes {
  readonly bosh: RequestHandler;
  readonly conferenceRequest: ConferenceRequests;
}

export interface WebFront {
  /** The TCP port in use. */
  readonly port: number;
  stop(): Promise<void>;
}

/** @param page the directory of the built page @throws ConclaveError WEB-001, NET-… */
export async function startWebFront(
  config: Config,
  routes: FrontRoutes,
  log: Logger,
  page: string = builtPage,
): Promise<WebFront> {
  if (!existsSync(join(page, 'index.html'))) throw new ConclaveError('WEB-001', `${page} has no index.html`);
  const app = fastify({
    exposeHeadRoutes: true,
    forceCloseConnections: true,
    bodyLimit: 1024,
    serverFactory: (handler) => serverWithBosh(routes.bosh, handler),
    // A path that is no URL reaches neither hooks nor routes.
    frameworkErrors: (_error, request, reply) => {
      const answer: FastifyReply = reply;
      void answer
        .headers(securityHeaders(request.headers.host))
        .code(400)
        .type('text/plain')
        .send('Bad request\n');
    },
  });
  await addRoutes(app, config, page);
  addConferenceRequests(app, conferenceRequestPath, routes.conferenceRequest);
  if (config.conference.tenants)
    addConferenceRequests(app, `/:tenant${conferenceRequestPath}`, routes.conferenceRequest);
  const dropUpgraded = takeUpgrades(app.server, routes);
  const port = await listen(app, { ...config.http, key: 'http.port', variable: 'CONCLAVE_HTTP_PORT' });
  log.debug({ port }, 'web front listens');
  return {
    port,
    async stop() {
      dropUpgraded();
      await app.close();
    },
  };
}

/** Pages of other origins may ask, as they may over WebSocket: no cookie and no address says who asks (Fetch standard, CORS). */
const fromAnyPage = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '86400',
};

function addConferenceRequests(app: FastifyInstance, path: string, answer: ConferenceRequests): void {
  app.options(path, (_request, reply) => reply.code(200).headers(fromAnyPage).send());
  app.post(path, { bodyLimit: 8192 }, async ({ body }, reply) => {
    const { status, type, body: text } = await answer(body);
    return reply.code(status).type(type).headers(fromAnyPage).header('cache-control', 'no-store').send(text);
  });
}

async function addRoutes(app: FastifyInstance, config: Config, page: string): Promise<void> {
  // A reply is thenable and settles when it is sent, so this hook must not be an async function.
  app.addHook('onSend', (request, reply, _payload, done) => {
    void reply.headers(securityHeaders(request.headers.host));
    done();
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('Not found\n'));
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    return reply
      .code(status)
      .type('text/plain')
      .send(`${status < 500 ? 'Bad request' : 'Internal error'}\n`);
  });

  // One route a file, made at start: what is not among them does not exist, whatever the path looks like.
  await app.register(fastifyStatic, {
    root: page,
    wildcard: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (response, path) => {
      // Vite names what is below assets/ by content.
      const immutable = path.startsWith(join(page, 'assets/'));
      response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });

  const sendScript = (reply: FastifyReply, text: string): FastifyReply =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(text);
  const script = clientConfigScript(config);
  app.get('/config.js', (_request, reply) => sendScript(reply, script));
  app.get('/about/health', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  // Jitsi's clients look by GET whether the server still is the one they know; any 4xx will do.
  app.get('/xmpp-websocket', (_request, reply) =>
    reply.code(426).header('upgrade', 'websocket').type('text/plain').send('WebSocket only\n'),
  );

  // Pages of other origins may look where XMPP is found (XEP-0156 s.3.1).
  const origin = publicUrl(config);
  app.get('/.well-known/host-meta', (_request, reply) =>
    reply
      .type('application/xrd+xml; charset=utf-8')
      .header('access-control-allow-origin', '*')
      .send(hostMetaXml(origin)),
  );
  app.get('/.well-known/host-meta.json', (_request, reply) =>
    reply.header('access-control-allow-origin', '*').send(hostMetaJson(origin)),
  );
  // The page of an invitation, whatever the token: only the page asks, and by POST.
  app.get('/invite/:token', (_request, reply) =>
    reply.header('cache-control', 'no-store').sendFile('index.html'),
  );

  // A room has the page at its own address. With a dot in it, it is a file that does not exist.
  app.get<{ Params: { room: string } }>('/:room', (request, reply) =>
    request.params.room.includes('.') ? reply.callNotFound() : reply.sendFile('index.html'),
  );
  if (!config.conference.tenants) return;
  // So have rooms of tenants; and what a page below a tenant's path is configured by is below it, too.
  app.get<{ Params: { tenant: string; room: string } }>('/:tenant/:room', (request, reply) => {
    const { room } = request.params;
    const tenant = tenantIn(request.url.split('/', 2)[1] ?? '');
    const isScript = tenant !== undefined && room === 'config.js';
    const isPage = tenant !== undefined && room !== '' && !room.includes('.');
    if (isScript) void sendScript(reply, clientConfigScript(config, tenant));
    else if (isPage) void reply.sendFile('index.html');
    else reply.callNotFound();
  });
}
