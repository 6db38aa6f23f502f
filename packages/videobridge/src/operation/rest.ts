/**
 * What operators and their programs ask of a bridge over HTTP, on a port that is not for the world: health, statistics, metrics, what
 * it knows of its conferences, draining and shutdown. No framework in here: a request in, an answer out.
 */
import type { BridgeStatistics } from '../colibri/stats.js';
import type { PacketTrace } from '../send/packet-trace.js';
import type { Health } from './health.js';
import { Metrics } from './metrics.js';
import { beginTrace, type TracedEndpoint } from './trace-request.js';

/**
 * By what a request is known to be the operator's: `proven` by a secret, or by the permissions of the socket it came through; `local`:
 * it came to a port that only operators should reach.
 */
export type RestAuthority = 'proven' | 'local';

export interface RestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query?: URLSearchParams;
  /** The body, parsed as JSON; undefined without one. */
  readonly body?: unknown;
  /** Header `Accept`. */
  readonly accept?: string | undefined;
  readonly authority?: RestAuthority;
}

export interface RestAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Of 405: the methods that there are; of 301: where it is now. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bridge as REST sees it. */
export interface OperatedBridge {
  health(): Health;
  statistics(): BridgeStatistics;
  version(): { readonly name: string; readonly version: string; readonly os: string };
  draining: boolean;
  shutDown(graceful: boolean): void;
  /** The state of everything, of a conference (by meeting id) or of an endpoint of it; undefined when there is none. */
  debug(conference?: string, endpoint?: string, full?: boolean): unknown;
  /** Who speaks in a conference; undefined when there is none. */
  speakers(conference: string): unknown;
  endpoint(conference: string, endpoint: string): TracedEndpoint | undefined;
  /** How many endpoints are traced at present. */
  traces(): number;
}

const json = (value: unknown, status = 200): RestAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});
const plain = (status: number, body: string, headers?: Readonly<Record<string, string>>): RestAnswer => ({
  status,
  type: 'text/plain',
  body,
  ...(headers && { headers }),
});
const notFound = plain(404, 'Not found\n');

/** What a route does with the segments of the path that stand where it has `*`. */
type Handler = (request: RestRequest, ...segments: string[]) => RestAnswer | Promise<RestAnswer>;

interface Route {
  /** `*` is any segment. */
  readonly path: readonly string[];
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'DELETE', Handler>>>;
}

export class RestInterface {
  readonly #metrics = new Metrics();
  readonly #routes: readonly Route[];

  constructor(private readonly bridge: OperatedBridge) {
    const drain = (draining: boolean): Handler => {
      return () => {
        bridge.draining = draining;
        return json({ drain: draining });
      };
    };
    const drained: Handler = () => json({ drain: bridge.draining });
    const trace = { GET: this.#readTrace, POST: this.#beginTrace, DELETE: this.#endTrace };
    this.#routes = [
      route('about/health', { GET: () => this.#health() }),
      route('about/version', { GET: () => json(bridge.version()) }),
      route('metrics', { GET: (request) => this.#metricsAs(request) }),
      route('colibri/stats', { GET: () => json(bridge.statistics()) }),
      route('colibri/drain', { GET: drained }),
      route('colibri/drain/enable', { POST: drain(true) }),
      route('colibri/drain/disable', { POST: drain(false) }),
      route('colibri/shutdown', { POST: (request) => this.#shutDown(request) }),
      // Conferences are the focus's alone to make, over XMPP.
      route('colibri/v2/conferences', { GET: notImplemented, POST: notImplemented }),
      route('colibri/v2/conferences/*', { GET: (request, id) => this.#debug(request, id) }),
      route('colibri/v2/conferences/*/dominant-speaker-identification', {
        GET: (_request, id = '') => orNotFound(bridge.speakers(id)),
      }),
      route('debug', { GET: (request) => this.#debug(request) }),
      route('debug/*', { GET: (request, id) => this.#debug(request, id) }),
      route('debug/*/*', { GET: (request, id, endpoint) => this.#debug(request, id, endpoint) }),
      route('debug/*/*/trace', trace),
    ];
  }

  async answer(request: RestRequest): Promise<RestAnswer> {
    const segments = segmentsOf(request.path);
    if (segments === undefined) return notFound;
    if (segments[0] === 'colibri' && segments[1] === 'debug') {
      return plain(301, '', { location: request.path.replace(/^\/colibri/, '') });
    }
    const found = this.#routes.find(({ path }) => matches(path, segments));
    if (found === undefined) return notFound;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler = Object.hasOwn(found.methods, method)
      ? found.methods[method as keyof Route['methods']]
      : undefined;
    if (handler === undefined) {
      return plain(405, 'Method not allowed\n', { allow: Object.keys(found.methods).join(', ') });
    }
    return handler(request, ...segments.filter((_, index) => found.path[index] === '*'));
  }

  #health(): RestAnswer {
    const { healthy, reason = '' } = this.bridge.health();
    return plain(healthy ? 200 : 500, reason);
  }

  async #metricsAs({ accept = '' }: RestRequest): Promise<RestAnswer> {
    const statistics = this.bridge.statistics();
    if (accept.includes('application/json')) return json(await this.#metrics.json(statistics));
    const body = await this.#metrics.text(statistics);
    return { status: 200, type: this.#metrics.contentType, body };
  }

  #shutDown({ authority, body }: RestRequest): RestAnswer {
    if (authority !== 'proven') return unproven;
    const graceful = field(body, 'graceful-shutdown');
    if (typeof graceful !== 'boolean') return plain(400, 'graceful-shutdown must be true or false\n');
    this.bridge.shutDown(graceful);
    return plain(200, '');
  }

  #debug({ query }: RestRequest, conference?: string, endpoint?: string): RestAnswer {
    const full = query?.get('full') ?? String(conference !== undefined);
    if (full !== 'true' && full !== 'false') return plain(400, 'full must be true or false\n');
    return orNotFound(this.bridge.debug(conference, endpoint, full === 'true'));
  }

  readonly #beginTrace: Handler = ({ authority, body }, conference = '', id = '') => {
    if (authority !== 'proven') return unproven;
    const endpoint = this.bridge.endpoint(conference, id);
    if (endpoint === undefined) return notFound;
    const refused = beginTrace(endpoint, body, this.bridge.traces());
    return refused === undefined ? plain(204, '') : plain(refused.status, `${refused.reason}\n`);
  };

  readonly #readTrace: Handler = ({ authority }, conference = '', id = '') => {
    if (authority !== 'proven') return unproven;
    const trace = this.bridge.endpoint(conference, id)?.trace;
    return trace === undefined ? notFound : json(readable(trace));
  };

  readonly #endTrace: Handler = ({ authority }, conference = '', id = '') => {
    if (authority !== 'proven') return unproven;
    const endpoint = this.bridge.endpoint(conference, id);
    if (endpoint?.trace === undefined) return notFound;
    endpoint.endTrace();
    return plain(204, '');
  };
}

const unproven = plain(403, 'Only with the token (media.internalHttp.token), or by conclavectl\n');
const notImplemented = (): RestAnswer =>
  plain(501, 'Conferences are made by the focus, over XMPP; /debug lists them\n');

const readable = ({ packets, total }: PacketTrace): object => ({ total, held: packets.length, packets });

const orNotFound = (value: unknown): RestAnswer => (value === undefined ? notFound : json(value));

const route = (path: string, methods: Route['methods']): Route => ({ path: path.split('/'), methods });

const matches = (path: readonly string[], segments: readonly string[]): boolean =>
  path.length === segments.length && path.every((part, index) => part === '*' || part === segments[index]);

/** Decoded; undefined when it is no path. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
}
