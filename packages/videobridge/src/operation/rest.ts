/**
 * What operators and their programs ask of a bridge over HTTP, on a port that is not for the world: health, statistics, metrics, what
 * it knows of its conferences, draining and shutdown. No framework in here: a request in, an answer out.
 */
import type { BridgeStatistics } from '../colibri/stats.js';
import type { Health } from './health.js';
import { Metrics } from './metrics.js';

export interface RestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The body, parsed as JSON; undefined without one. */
  readonly body?: unknown;
}

export interface RestAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The bridge as REST sees it. */
export interface OperatedBridge {
  health(): Health;
  statistics(): BridgeStatistics;
  version(): { readonly name: string; readonly version: string };
  draining: boolean;
  shutDown(graceful: boolean): void;
  /** The state of everything, of a conference (by meeting id) or of an endpoint of it; undefined when there is none. */
  debug(conference?: string, endpoint?: string): unknown;
}

const json = (value: unknown, status = 200): RestAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});
const plain = (status: number, body: string): RestAnswer => ({ status, type: 'text/plain', body });

export class RestInterface {
  readonly #metrics = new Metrics();

  constructor(private readonly bridge: OperatedBridge) {}

  async answer({ method, path, body }: RestRequest): Promise<RestAnswer> {
    const { bridge } = this;
    switch (`${method} ${path}`) {
      case 'GET /about/health': {
        const { healthy, reason = '' } = bridge.health();
        return plain(healthy ? 200 : 500, reason);
      }
      case 'GET /about/version':
        return json(bridge.version());
      case 'GET /colibri/stats':
        return json(bridge.statistics());
      case 'GET /metrics':
        return {
          status: 200,
          type: this.#metrics.contentType,
          body: await this.#metrics.text(bridge.statistics()),
        };
      case 'GET /colibri/drain':
        return json({ drain: bridge.draining });
      case 'POST /colibri/drain/enable':
      case 'POST /colibri/drain/disable':
        bridge.draining = path.endsWith('enable');
        return json({ drain: bridge.draining });
      case 'POST /colibri/shutdown':
        return this.#shutDown(body);
      default:
        return method === 'GET' && /^(\/colibri)?\/debug(\/|$)/.test(path)
          ? this.#debug(path.replace(/^\/colibri/, ''))
          : plain(404, 'Not found\n');
    }
  }

  #shutDown(body: unknown): RestAnswer {
    const graceful =
      typeof body === 'object' && body !== null && 'graceful-shutdown' in body
        ? body['graceful-shutdown']
        : undefined;
    if (typeof graceful !== 'boolean') return plain(400, 'graceful-shutdown must be true or false\n');
    this.bridge.shutDown(graceful);
    return plain(200, '');
  }

  #debug(path: string): RestAnswer {
    const [, , conference, endpoint, ...rest] = path.split('/');
    const state = rest.length === 0 ? this.bridge.debug(conference || undefined, endpoint) : undefined;
    return state === undefined ? plain(404, 'Not found\n') : json(state);
  }
}
