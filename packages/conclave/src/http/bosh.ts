/**
 * BOSH (XEP-0124) at `/http-bind`, for clients without WebSocket: plain requests whose answers may take a minute. They
 * go to the XMPP server past everything that the web front does with requests, body unread.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import type { Logger } from 'pino';
import { forwardedFor } from './upgrades.js';

/** As node's `request` event hands it over. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Milliseconds in which a request must have arrived, body included. */
const requestTimeout = 15_000;

/** An HTTP server whose `/http-bind` is `bosh`, and whatever else is `others`. */
export function serverWithBosh(bosh: RequestHandler, others: RequestHandler): Server {
  return createServer({ requestTimeout, keepAliveTimeout: 65_000 }, (request, response) => {
    const path = request.url?.split('?', 1)[0];
    (path === '/http-bind' ? bosh : others)(request, response);
  });
}

/** Headers of one connection, not of the message (RFC 9110 section 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Milliseconds without a byte until a service is given up; BOSH clients ask to be answered within 60 s. */
const silence = 90_000;

/** Passes requests on to the service at `origin`, on behalf of their clients. */
export function forwardRequests(origin: string, log: Logger): RequestHandler {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const agent = new Agent({ keepAlive: true });
  return (request, response) => {
    const headers = endToEnd(request.headers);
    headers['x-forwarded-for'] = forwardedFor(request);
    const passed = httpRequest(
      {
        host,
        port: Number(port || 80),
        agent,
        method: request.method,
        path: request.url,
        headers,
        timeout: silence,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        pipeline(answer, response, () => undefined);
      },
    );
    passed.once('timeout', () => passed.destroy(new Error('no answer in time')));
    passed.once('error', (error) => {
      if (response.destroyed) return;
      log.warn({ err: error, origin }, 'BOSH request could not be passed on');
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-length': 0 }).end();
    });
    response.once('close', () => passed.destroy());
    request.pipe(passed);
  };
}

function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}
