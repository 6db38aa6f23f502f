/**
 * What operators and their programs ask of the focus over HTTP, on a port that is not for the world (focus reference 7). No
 * framework in here: a request in, an answer out.
 */
import { z } from 'zod';
import { Metrics, type Statistics } from './metrics.js';

export interface RestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body, parsed as JSON; undefined without one. */
  readonly body?: unknown;
}

export interface RestAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Which endpoints shall move; each of the three narrows the choice. */
export interface Movable {
  /** JID or nickname in the brewery. */
  readonly bridge?: string;
  readonly room?: string;
  readonly endpoint?: string;
}

/** Endpoints that were moved, or what there is not. */
export type Moved =
  { readonly movedEndpoints: number; readonly conferences: number } | 'no such bridge' | 'no such conference';

/** The focus as REST sees it. */
export interface OperatedFocus {
  /** What ails it; nothing when it is well. */
  ailment(): string | undefined;
  version(): { readonly name: string; readonly version: string };
  statistics(): Statistics;
  /** The state of everything, or of the conference in a room; undefined when there is none. */
  debug(room?: string): unknown;
  /** The state of the conferences of which statistics may be given to others, by meeting id. */
  rtcstats(): unknown;
  pins(): ReadonlyMap<string, { readonly version: string; readonly until: number }>;
  pin(room: string, version: string, durationMs: number): boolean;
  unpin(room: string): boolean;
  /** Invites participants anew, at most so many; those of the largest conferences first. */
  move(which: Movable, count: number): Moved;
  /** Endpoints on a bridge. */
  endpointsOn(bridge: string): number;
  conferenceRequest(body: unknown): Promise<RestAnswer>;
}

export const json = (value: unknown, status = 200): RestAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});
export const plain = (status: number, body: string): RestAnswer => ({ status, type: 'text/plain', body });

const NOT_FOUND = plain(404, 'Not found\n');

const pinRequest = z.object({
  conferenceId: z.string().min(1).max(3_071),
  jvbVersion: z.string().min(1).max(256),
  durationMinutes: z
    .number()
    .positive()
    .max(7 * 24 * 60),
});
const unpinRequest = pinRequest.pick({ conferenceId: true });

export class RestInterface {
  readonly #metrics = new Metrics();
  readonly #focus: OperatedFocus;

  constructor(focus: OperatedFocus) {
    this.#focus = focus;
  }

  async answer(request: RestRequest): Promise<RestAnswer> {
    const focus = this.#focus;
    const { method, path, query, body } = request;
    switch (`${method} ${path}`) {
      case 'GET /about/health': {
        const ailment = focus.ailment();
        return ailment === undefined ? plain(200, 'OK\n') : plain(500, `${ailment}\n`);
      }
      case 'GET /about/version':
        return json({ ...focus.version(), os: process.platform });
      case 'GET /stats': {
        const { values, bridges } = focus.statistics();
        return json({ ...values, bridges });
      }
      case 'GET /metrics':
        return {
          status: 200,
          type: this.#metrics.contentType,
          body: await this.#metrics.text(focus.statistics()),
        };
      case 'OPTIONS /conference-request/v1':
        return plain(200, '');
      case 'POST /conference-request/v1':
        return focus.conferenceRequest(body);
      case 'GET /pin':
        return json(Object.fromEntries(focus.pins()));
      case 'POST /pin':
        return this.#pin(body);
      case 'POST /pin/remove':
        return this.#unpin(body);
      case 'GET /move-endpoints/move-endpoint':
      case 'GET /move-endpoints/move-endpoints':
      case 'GET /move-endpoints/move-fraction':
        return this.#move(path, query);
      case 'GET /rtcstats':
        return json(focus.rtcstats());
      case 'GET /debug':
      case 'GET /debug/conferences':
      case 'GET /debug/conferences-full':
        return json(focus.debug());
      default:
        return method === 'GET' && path.startsWith('/debug/conference/') ? this.#debug(path) : NOT_FOUND;
    }
  }

  #pin(body: unknown): RestAnswer {
    const { data } = pinRequest.safeParse(body);
    if (!data)
      return plain(400, 'conferenceId, jvbVersion and durationMinutes (at most a week) are needed\n');
    const { conferenceId, jvbVersion, durationMinutes } = data;
    return this.#focus.pin(conferenceId, jvbVersion, durationMinutes * 60_000)
      ? plain(200, '')
      : plain(503, 'Too many pins\n');
  }

  #unpin(body: unknown): RestAnswer {
    const { data } = unpinRequest.safeParse(body);
    if (!data) return plain(400, 'conferenceId is needed\n');
    return this.#focus.unpin(data.conferenceId) ? plain(200, '') : NOT_FOUND;
  }

  #move(path: string, query: URLSearchParams): RestAnswer {
    const room = query.get('conference') ?? undefined;
    const endpoint = query.get('endpoint') ?? undefined;
    const bridge = query.get('bridge') ?? undefined;
    const single = path.endsWith('/move-endpoint');
    if (single && (room === undefined || endpoint === undefined)) {
      return plain(400, 'conference and endpoint are needed\n');
    }
    if (!single && bridge === undefined) return plain(400, 'bridge is needed\n');
    const count = single ? 1 : this.#countToMove(path, query, bridge ?? '');
    if (count === undefined) return plain(400, 'numEndpoints is a whole number, fraction one from 0 to 1\n');
    const moved = this.#focus.move(
      {
        ...(bridge !== undefined && { bridge }),
        ...(room !== undefined && !path.endsWith('/move-fraction') && { room }),
        ...(single && endpoint !== undefined && { endpoint }),
      },
      count,
    );
    return typeof moved === 'string' ? plain(404, `${moved}\n`) : json(moved);
  }

  #countToMove(path: string, query: URLSearchParams, bridge: string): number | undefined {
    if (path.endsWith('/move-endpoints')) {
      const text = query.get('numEndpoints') ?? '1';
      return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
    }
    const fraction = Number(query.get('fraction') ?? '0.1');
    return fraction >= 0 && fraction <= 1
      ? Math.round(fraction * this.#focus.endpointsOn(bridge))
      : undefined;
  }

  #debug(path: string): RestAnswer {
    const state = this.#focus.debug(decoded(path.slice('/debug/conference/'.length)));
    return state === undefined ? NOT_FOUND : json(state);
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
