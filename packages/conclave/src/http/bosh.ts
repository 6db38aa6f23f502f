/**
 * BOSH (XEP-0124) at `/http-bind`, for clients without WebSocket: plain requests whose answers may take a minute; and files
 * that accounts (XEP-0363) and people in conferences share, and what the page of an invitation asks. They go to the XMPP server past everything that the web front does with requests, body unread.
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
import { withoutTenant } from './tenants.js';
import { forwardedFor } from './upgrades.js';

/** As node's `request` event hands it over. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Milliseconds in which a request must have arrived, body included; and one that is a file. */
const requestTimeout = 15_000;
const uploadTimeout = 600_000;

const timeouts = { headersTimeout: requestTimeout, requestTimeout: uploadTimeout, keepAliveTimeout: 65_000 };

/** Files that accounts share lie below it (XEP-0363). */
export const uploadPath = '/upload';

/** Files that are shared in conferences, as Jitsi's clients ask for them. */
export const sharedFilesPath = '/file-sharing/v1';

/** An HTTP server whose `/http-bind`, invitations and uploads are `xmpp`, and whatever else is `others`. */
export function serverWithBosh(xmpp: RequestHandler, others: RequestHandler): Server {
  return createServer(timeouts, (request, response) => {
    if (isUpload(request) || isSharedFile(request)) {
      xmpp(request, response);
      return;
    }
    request.url = withoutTenant(request.url ?? '/');
    const late = setTimeout(() => request.destroy(), requestTimeout);
    for (const arrived of ['end', 'close']) request.once(arrived, () => clearTimeout(late));
    (isBosh(request) || isInvitation(request) ? xmpp : others)(request, response);
  });
}

/** What the XMPP server answers, by the part of it that does. */
export function xmppRequests(server: {
  handleBosh: RequestHandler;
  handleUpload: RequestHandler;
  handleSharedFile: RequestHandler;
  handleInvitation: RequestHandler;
}): RequestHandler {
  return (request, response) => {
    if (isSharedFile(request)) server.handleSharedFile(request, response);
    else if (isUpload(request)) server.handleUpload(request, response);
    else if (isInvitation(request)) server.handleInvitation(request, response);
    else server.handleBosh(request, response);
  };
}

function isBosh({ url = '' }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === '/http-bind';
}

/** The page of an invitation is got; what it asks is posted. */
function isInvitation({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && url.startsWith('/invite/');
}

function isSharedFile({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(`${sharedFilesPath}/`);
}

function isUpload({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(`${uploadPath}/`);
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
