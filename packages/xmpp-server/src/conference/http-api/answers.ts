/** Requests of operators over HTTP, and what they are answered; the connection itself is somebody else's. */

export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The JSON that came, if any. */
  readonly body: unknown;
  readonly authorization: string | undefined;
  /** Where it comes from. */
  readonly address: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What is done for one method and path. */
type Operation = (request: ApiRequest) => ApiAnswer;

/** By method and path, such as `GET /room`. */
export type Operations = Readonly<Record<string, Operation>>;

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad request',
  401: 'Unauthorized',
  404: 'Not found',
  429: 'Too many requests',
  503: 'Service unavailable',
};

/** A status, and in words what it means. */
export function answer(status: number, more = ''): ApiAnswer {
  const text = `${reasons[status] ?? ''}${more === '' ? '' : `: ${more}`}\n`;
  return { status, type: 'text/plain; charset=utf-8', body: text };
}

export function json(value: unknown): ApiAnswer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}
