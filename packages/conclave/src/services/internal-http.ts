/**
 * The internal HTTP port of a service that runs as a process of its own: what the web service passes on, and
 * `/about/health`. It is not for the world.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { fastify, type FastifyInstance } from 'fastify';
import { type RequestHandler, serverWithBosh } from '../http/bosh.js';
import { listen, type Listener } from '../http/listen.js';
import { takeUpgrades, type UpgradeRoutes } from '../http/upgrades.js';

/** What a service answers to operators, instead of a mere `/about/health`. */
export type Operation = (request: {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  /** Where the request comes from. */
  readonly address: string;
}) => Promise<{
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}>;

/** No operator says more than this at once, in octets. */
export const operationBodyLimit = 8192;

/** Lets `operation` answer whatever is asked of `app`. */
export function answerOperators(app: FastifyInstance, operation: Operation): void {
  app.all('/*', async ({ method, url, body, headers, ip: address }, reply) => {
    const [path = '/', query] = url.split('?');
    const answer = isFromPage(headers)
      ? { status: 403, type: 'text/plain', body: 'Not for pages\n' }
      : await operation({
          method,
          path,
          query: new URLSearchParams(query),
          body,
          authorization: headers.authorization,
          accept: headers.accept,
          address,
        });
    return reply
      .code(answer.status)
      .headers(('headers' in answer ? answer.headers : undefined) ?? {})
      .type(answer.type)
      .send(answer.body);
  });
}

export class InternalHttp {
  #app: FastifyInstance | undefined;
  #dropUpgraded = (): void => undefined;

  /** @returns the port in use @throws ConclaveError NET-… */
  async start(
    listener: Listener,
    routes: Partial<UpgradeRoutes>,
    { bosh, operation }: { readonly bosh?: RequestHandler; readonly operation?: Operation } = {},
  ): Promise<number> {
    this.#app = fastify({
      forceCloseConnections: true,
      bodyLimit: operationBodyLimit,
      ...(bosh && { serverFactory: (handler: RequestHandler) => serverWithBosh(bosh, handler) }),
    });
    if (operation) {
      answerOperators(this.#app, operation);
    } else {
      this.#app.get('/about/health', () => ({ status: 'ok' }));
    }
    this.#dropUpgraded = takeUpgrades(this.#app.server, routes);
    return listen(this.#app, listener);
  }

  async stop(): Promise<void> {
    this.#dropUpgraded();
    await this.#app?.close();
  }
}

/** Whether the header `Authorization` has the `token` of operators, if there is one (RFC 6750 s.2.1). */
export function provesOperator(token: string | undefined, authorization: string | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined || given === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** Pages in an operator's browser may reach this port, too, and are not the operator: browsers tell which requests are theirs. */
function isFromPage(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] === 'cross-site';
}
