/** Takes the HTTP requests of `/http-bind` to the BOSH sessions they belong to (XEP-0124); the HTTP server itself is the caller's. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ParserLimits } from '../../stream/parser-limits.js';
import type { Rate } from '../../stream/token-bucket.js';
import type { AddressCap } from '../address-cap.js';
import { clientPeer, type TrustedProxies } from '../client-peer.js';
import { connectionParameters } from '../connection-parameters.js';
import { originAllowed } from '../origin.js';
import { BodyReader, terminateXml, type ClientBody, type TerminalCondition } from './body.js';
import { BoshSession } from './bosh-session.js';
import { respond } from './exchange.js';
import { agree, plainContent, type BoshLimits } from './terms.js';

export interface BoshListenerOptions {
  /** What a session that is created now may agree on at most. */
  readonly bosh: () => BoshLimits;
  /** What it is held to. */
  readonly connection: () => {
    readonly limits: ParserLimits;
    readonly rate: Rate | undefined;
    readonly maxUnsentBytes: number;
    readonly closeGrace: number;
  };
  readonly allowedOrigins: readonly string[] | undefined;
  readonly trustedProxies: TrustedProxies;
  /** Of sessions by address, which cost the server more than connections do. */
  readonly cap: AddressCap;
  readonly accept: (transport: BoshSession) => void;
}

/** Milliseconds within which a request has to be complete. */
const uploadTime = 20_000;

export class BoshListener {
  readonly #options: BoshListenerOptions;
  readonly #sessions = new Map<string, BoshSession>();
  #closed = false;

  constructor(options: BoshListenerOptions) {
    this.#options = options;
  }

  /** Accepts no more sessions; those that exist are their streams' to close. */
  close(): void {
    this.#closed = true;
  }

  destroy(): void {
    for (const session of this.#sessions.values()) session.destroy();
  }

  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => response.destroy());
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('vary', 'origin');
    if (!originAllowed(request, this.#options.allowedOrigins)) {
      plain(response, 403, 'Pages of this origin may not connect here.\n');
      return;
    }
    const { origin } = request.headers;
    if (origin !== undefined) response.setHeader('access-control-allow-origin', origin);
    switch (request.method) {
      case 'POST':
        this.#post(request, response);
        return;
      case 'OPTIONS':
        response.writeHead(204, {
          'access-control-allow-methods': 'POST, OPTIONS',
          'access-control-allow-headers': 'Content-Type',
          'access-control-max-age': '86400',
        });
        response.end();
        return;
      case 'GET':
      case 'HEAD':
        plain(response, 200, 'XMPP clients connect here by BOSH (XEP-0124).\n');
        return;
      default:
        response.setHeader('allow', 'GET, HEAD, OPTIONS, POST');
        plain(response, 405, 'BOSH is spoken by POST.\n');
    }
  }

  #post(request: IncomingMessage, response: ServerResponse): void {
    const { limits } = this.#options.connection();
    const reader = new BodyReader(limits, ({ sid }) => this.#sessions.get(sid ?? '')?.limits ?? limits);
    const tooSlow = setTimeout(() => request.destroy(), uploadTime);
    let bytes = 0;
    const done = (): void => {
      clearTimeout(tooSlow);
      request.off('data', read);
      request.off('end', done);
      this.#take(reader.end(), request, response, bytes);
    };
    const read = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (reader.read(chunk)) return;
      // What else comes is not read: the connection ends with the answer.
      request.pause();
      response.setHeader('connection', 'close');
      response.on('finish', () => request.destroy());
      done();
    };
    request.on('data', read);
    request.on('end', done);
    request.on('error', () => request.destroy());
    request.on('close', () => clearTimeout(tooSlow));
  }

  #take(
    body: ClientBody | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    bytes: number,
  ): void {
    if (body === undefined) {
      refuse(response, 'bad-request');
      return;
    }
    if (body.sid === undefined) {
      this.#create(body, request, response);
      return;
    }
    const session = this.#sessions.get(body.sid);
    if (session === undefined) refuse(response, 'item-not-found');
    else session.receive(body, response, bytes);
  }

  #create(first: ClientBody, request: IncomingMessage, response: ServerResponse): void {
    const { bosh, connection, cap, trustedProxies, accept } = this.#options;
    if (this.#closed) {
      refuse(response, 'system-shutdown');
      return;
    }
    if (first.wait === undefined || first.terminate) {
      refuse(response, 'bad-request');
      return;
    }
    const peer = clientPeer(request, trustedProxies);
    const release = cap.admit(peer.address);
    if (release === undefined) {
      refuse(response, 'policy-violation');
      return;
    }
    const sid = randomBytes(24).toString('base64url');
    const session = new BoshSession(first, {
      ...connection(),
      ...peer,
      sid,
      parameters: connectionParameters(request),
      terms: agree(bosh(), first),
      onGone: () => {
        this.#sessions.delete(sid);
        release();
      },
    });
    this.#sessions.set(sid, session);
    accept(session);
    session.create(first, response);
  }
}

function refuse(response: ServerResponse, condition: TerminalCondition): void {
  respond(response, terminateXml(condition), plainContent);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}
