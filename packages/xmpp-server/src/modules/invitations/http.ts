/**
 * What the web page of an invitation asks by HTTP: `POST /invite/look` and `POST /invite/accept`, JSON to and fro. Tokens
 * travel in bodies, which nobody logs; nothing is done by GET, so that a preview of a link costs nothing. No cookie is read,
 * and pages of other origins are refused.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AccountError } from '../../accounts/account-error.js';
import { clientPeer, type TrustedProxies } from '../../listeners/client-peer.js';
import { originAllowed } from '../../listeners/origin.js';
import { LoginThrottle } from '../../session/login-throttle.js';
import { InvalidInvitation, type Invitations } from './invitations.js';
import { invitationUri } from './uri.js';

export interface InvitationRequestsOptions {
  readonly domain: string;
  readonly invitations: () => Invitations | undefined;
  readonly allowedOrigins: readonly string[] | undefined;
  readonly trustedProxies: TrustedProxies | undefined;
  readonly log: Logger;
}

const maxBody = 4096;

const text = z.string().min(1).max(1023);
const lookBody = z.strictObject({ token: text });
const acceptBody = z.strictObject({ token: text, username: text.optional(), password: text });

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const failure = (status: number, error: string): Answer => ({ status, body: { error } });
/** One answer for what never was, what was used and what has expired. */
const invalid = failure(404, 'invalid');

export function invitationRequests(
  options: InvitationRequestsOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { domain, allowedOrigins, trustedProxies = ['127.0.0.1', '::1'], log } = options;
  const throttle = new LoginThrottle();

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const invitations = options.invitations();
    const path = request.url?.split('?', 1)[0];
    const asked = path === '/invite/look' ? 'look' : path === '/invite/accept' ? 'accept' : undefined;
    if (invitations === undefined || asked === undefined) return failure(404, 'not-found');
    if (request.method !== 'POST') return failure(405, 'method');
    const site = request.headers['sec-fetch-site'];
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (foreign || !originAllowed(request, allowedOrigins)) return failure(403, 'origin');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return failure(415, 'type');
    const peer = clientPeer(request, trustedProxies);
    if (throttle.refuses(peer.address)) return failure(429, 'too-many');
    const body = await readJson(request);

    if (asked === 'look') {
      const given = lookBody.safeParse(body);
      if (!given.success) return failure(400, 'body');
      const invitation = await invitations.look(given.data.token);
      if (invitation === undefined) throttle.failed(peer.address);
      if (invitation === undefined) return invalid;
      const uri = invitationUri(domain, { ...invitation, token: given.data.token });
      return { status: 200, body: { ...invitation, domain, uri } };
    }
    const given = acceptBody.safeParse(body);
    if (!given.success) return failure(400, 'body');
    if (!peer.confidential) return failure(403, 'insecure');
    const { token, username, password } = given.data;
    try {
      const name = await invitations.redeem(token, username, password);
      log.info({ account: `${name}@${domain}`, address: peer.address }, 'an invitation was accepted');
      return { status: 200, body: { username: name, domain } };
    } catch (error) {
      // That a name is taken may be learnt by those who are invited, and not often.
      throttle.failed(peer.address);
      if (error instanceof InvalidInvitation) return invalid;
      if (error instanceof AccountError) return failure(error.code === 'conflict' ? 409 : 422, error.code);
      throw error;
    }
  };

  return (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        if (error instanceof BadBody) return failure(error.status, 'body');
        log.error({ err: error }, 'an invitation could not be handled');
        return failure(500, 'internal');
      })
      .then(({ status, body }) => {
        const json = JSON.stringify(body);
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(json),
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          // What was not read of the body is not worth reading.
          ...(request.complete ? {} : { connection: 'close' }),
        });
        response.end(json);
      })
      .catch(() => response.destroy());
  };
}

class BadBody extends Error {
  constructor(readonly status: 400 | 413) {
    super('the body cannot be read');
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // An answer must still get through when too much comes.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBody) throw new BadBody(413);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new BadBody(400);
  }
}
