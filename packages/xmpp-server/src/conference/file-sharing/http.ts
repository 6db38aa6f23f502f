/**
 * The service of shared files as Jitsi's clients use it: `POST …/sessions/<meeting id>/files` with a form, `GET` and `DELETE …/files/<file id>`, each
 * with a short-lived token; a `GET` answers with an address that is good for a moment, and needs no token. Nothing that lies here is ever part of a page.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { end, harmless, strictlyEncoded } from '../../modules/http-upload/http.js';
import type { Room } from '../../muc/index.js';
import type { TokenBearer } from '../short-lived-tokens.js';
import type { Described } from './description.js';
import { overhead, receiveFile } from './multipart.js';
import type { Brought, SharedFiles } from './shared-files.js';

export interface FileHttpOptions {
  readonly files: SharedFiles;
  /** Who bears a token; undefined: nobody who is in a conference now. */
  readonly bearer: (token: string) => Promise<TokenBearer | undefined>;
  readonly mayShare: (bearer: TokenBearer) => boolean;
  /** What a client says of the file that it brings; undefined: it says no such thing. */
  readonly describe: (metadata: string) => Described | undefined;
  /** Tells others of a file that has come. @returns whether it may be */
  readonly shared: (bearer: TokenBearer, file: Described) => boolean;
  /** Takes a file away, and tells those who know of it. */
  readonly remove: (bearer: TokenBearer, fileId: string) => void;
  /** Bytes of a file. */
  readonly fileSize: number;
  /** Files that somebody may bring at the same time. */
  readonly atATime: number;
  /** Seconds that the address of a file is good. */
  readonly addressLifetime: number;
  /** Milliseconds without a byte after which an upload is given up. */
  readonly stall: number;
  /** Where this is reached from outside. Default: where the request came. */
  readonly url: string | undefined;
  readonly log: Logger;
}

const methods = 'GET, HEAD, POST, DELETE, OPTIONS';
const statusOf = { 'no-space': 507, 'too-large': 413, exists: 409, gone: 410 } as const;

export class FileHttp {
  readonly #key = randomBytes(32);
  /** Uploads under way, by real full JID. */
  readonly #bringing = new Map<string, number>();

  constructor(private readonly options: FileHttpOptions) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(harmless)) response.setHeader(name, value);
    this.#answer(request, response).catch((error: unknown) => {
      this.options.log.warn({ err: error, method: request.method }, 'a shared file could not be dealt with');
      if (response.headersSent) response.destroy();
      else end(request, response, 500);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const [, session, fileId] =
      /\/sessions\/([\w-]{1,64})\/files(?:\/([A-Za-z0-9][\w-]{0,63}))?$/.exec(path) ?? [];
    const download = /\/download\/([0-9a-f]{32})\/(\d{1,12})\/([\w-]{43})$/.exec(path);
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', methods);
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type');
      response.setHeader('Access-Control-Max-Age', '7200');
      end(request, response, 204);
    } else if (download !== null) {
      await this.#download(request, response, download.slice(1));
    } else if (session === undefined) {
      end(request, response, 404);
    } else {
      await this.#withToken(request, response, session, fileId);
    }
  }

  async #withToken(
    request: IncomingMessage,
    response: ServerResponse,
    session: string,
    fileId: string | undefined,
  ): Promise<void> {
    const [, token] = /^Bearer ([\w.-]{1,8192})$/.exec(request.headers.authorization ?? '') ?? [];
    const bearer = token === undefined ? undefined : await this.options.bearer(token);
    if (bearer === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      end(request, response, 401);
    } else if (bearer.meetingId !== session) {
      end(request, response, 403);
    } else if (fileId === undefined) {
      if (request.method === 'POST') await this.#upload(request, response, bearer);
      else end(request, response, 405);
    } else if (request.method === 'GET') {
      this.#tellWhere(request, response, bearer.room, fileId);
    } else if (request.method === 'DELETE') {
      const allowed = this.options.mayShare(bearer);
      if (allowed) this.options.remove(bearer, fileId);
      end(request, response, allowed ? 204 : 403);
    } else {
      end(request, response, 405);
    }
  }

  async #upload(request: IncomingMessage, response: ServerResponse, bearer: TokenBearer): Promise<void> {
    const { fileSize, atATime, stall } = this.options;
    const who = bearer.jid.toString();
    const length = Number(request.headers['content-length'] ?? 'NaN');
    const bringing = this.#bringing.get(who) ?? 0;
    const refusal = !this.options.mayShare(bearer)
      ? 403
      : !Number.isSafeInteger(length)
        ? 411
        : length > fileSize + overhead
          ? 413
          : bringing >= atATime
            ? 429
            : undefined;
    if (refusal !== undefined) {
      end(request, response, refusal);
      return;
    }
    this.#bringing.set(who, bringing + 1);
    request.setTimeout(stall, () => request.destroy());
    try {
      const brought = await receiveFile(request, fileSize, (metadata, content) =>
        this.#take(bearer, metadata, content, Math.min(length, fileSize + 1)),
      );
      if (brought === undefined) end(request, response, 400);
      else if (typeof brought === 'string') end(request, response, statusOf[brought]);
      else json(response, 200, { fileId: brought.fileId });
    } finally {
      const left = (this.#bringing.get(who) ?? 1) - 1;
      if (left === 0) this.#bringing.delete(who);
      else this.#bringing.set(who, left);
    }
  }

  #take(
    bearer: TokenBearer,
    metadata: string,
    content: Readable,
    most: number,
  ): Promise<Brought> | undefined {
    const described = this.options.describe(metadata);
    return described === undefined ? undefined : this.#bring(bearer, described, content, most);
  }

  async #bring(bearer: TokenBearer, file: Described, content: Readable, most: number): Promise<Brought> {
    const { files } = this.options;
    const { fileId, fileName: name } = file;
    const about = { fileId, name, author: bearer.jid.toString() };
    const brought = await files.bring(bearer.room, about, content, most);
    if (typeof brought === 'string') return brought;
    // Who has left, or was shown out, meanwhile shares nothing any more.
    const isThere =
      bearer.room.seat(bearer.jid)?.occupant === bearer.occupant && this.options.mayShare(bearer);
    if (isThere && this.options.shared(bearer, { ...file, fileSize: brought.size })) return brought;
    await files.remove(bearer.room, fileId);
    return 'gone';
  }

  /** The address has the name of the file in it, which a client shows or not. */
  #tellWhere(request: IncomingMessage, response: ServerResponse, room: Room, fileId: string): void {
    const file = this.options.files.find(room, fileId);
    if (file === undefined) {
      end(request, response, 404);
      return;
    }
    const until = Math.floor(Date.now() / 1000) + this.options.addressLifetime;
    const tail = `download/${file.key}/${until}/${this.#mac(file.key, until).toString('base64url')}`;
    json(response, 200, { fileName: file.name, presignedUrl: `${this.#base(request)}/${tail}` });
  }

  async #download(
    request: IncomingMessage,
    response: ServerResponse,
    [key = '', until = '', mac = '']: readonly string[],
  ): Promise<void> {
    const isTrue = timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(key, Number(until)));
    const isDue = Number(until) * 1000 > Date.now();
    const file = isTrue && isDue ? this.options.files.called(key) : undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      end(request, response, 405);
      return;
    }
    if (file === undefined) {
      end(request, response, isTrue ? 410 : 403);
      return;
    }
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': file.size,
      'Content-Disposition': `attachment; filename*=UTF-8''${strictlyEncoded(file.name)}`,
      'Cache-Control': 'private, no-store',
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(this.options.files.read(file), response);
  }

  #mac(key: string, until: number): Buffer {
    return createHmac('sha256', this.#key).update(`${key} ${until}`).digest();
  }

  /** Behind a proxy the operator has said where; without one, in the scheme of the page. */
  #base({ headers: { host = '' }, url = '' }: IncomingMessage): string {
    const path = url.slice(0, url.indexOf('/sessions/'));
    const isHost = /^[\w.:[\]-]{1,255}$/.test(host);
    return this.options.url ?? `${isHost ? `//${host}` : ''}${path}`;
  }
}

function json(response: ServerResponse, status: number, value: object): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(JSON.stringify(value));
}
