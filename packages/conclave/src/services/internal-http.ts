/**
 * The internal HTTP port of a service that runs as a process of its own: what the web service passes on, and
 * `/about/health`. It is not for the world.
 */
import { fastify, type FastifyInstance } from 'fastify';
import { type RequestHandler, serverWithBosh } from '../http/bosh.js';
import { listen, type Listener } from '../http/listen.js';
import { takeUpgrades, type UpgradeRoutes } from '../http/upgrades.js';

/** What a service answers to operators, instead of a mere `/about/health`. */
export type Operation = (request: {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}) => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

export class InternalHttp {
  #app: FastifyInstance | undefined;
  #dropUpgraded = (): void => undefined;

  /** @throws ConclaveError NET-… */
  async start(
    listener: Listener,
    routes: Partial<UpgradeRoutes>,
    { bosh, operation }: { readonly bosh?: RequestHandler; readonly operation?: Operation } = {},
  ): Promise<void> {
    this.#app = fastify({
      forceCloseConnections: true,
      bodyLimit: 1024,
      ...(bosh && { serverFactory: (handler: RequestHandler) => serverWithBosh(bosh, handler) }),
    });
    if (operation) {
      this.#app.all('/*', async ({ method, url, body }, reply) => {
        const [path = '/'] = url.split('?');
        const answer = await operation({ method, path, body });
        return reply.code(answer.status).type(answer.type).send(answer.body);
      });
    } else {
      this.#app.get('/about/health', () => ({ status: 'ok' }));
    }
    this.#dropUpgraded = takeUpgrades(this.#app.server, routes);
    await listen(this.#app, listener);
  }

  async stop(): Promise<void> {
    this.#dropUpgraded();
    await this.#app?.close();
  }
}
