/** The HTTP side of uploads (XEP-0363 s.6, s.9): PUT with the token of a slot, GET with its address. Whatever is served, no browser runs it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import type { Files } from './files.js';
import { slotTime, type Slot, type SlotTokens } from './slot.js';

export interface UploadHttpOptions {
  readonly files: Files;
  readonly tokens: SlotTokens;
  /** What was said of a file when its slot was made. */
  readonly describe: (id: string) => Promise<Slot | undefined>;
  /** Milliseconds that a file is kept. */
  readonly lifetime: number;
  /** Milliseconds without a byte after which an upload is given up. */
  readonly stall: number;
  readonly log: Logger;
}

/** Files of these types may be shown where they are; all others are saved. */
const safeTypes = /^(?:image\/(?:png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain)$/;

/** Of whatever somebody else has brought: no browser takes it for a part of a page. */
export const harmless = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  // Nothing here rests on who the browser is.
  'Access-Control-Allow-Origin': '*',
};

/** Serves `…/<slot>/<name>`, whatever stands before. */
export function uploadHandler(
  options: UploadHttpOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    for (const [name, value] of Object.entries(harmless)) response.setHeader(name, value);
    answer(request, response, options).catch((error: unknown) => {
      options.log.warn({ err: error, method: request.method }, 'an upload or a download has failed');
      if (response.headersSent) response.destroy();
      else end(request, response, 500);
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: UploadHttpOptions,
): Promise<void> {
  const [encoded = '', id = ''] = (request.url ?? '').split('?', 1)[0]?.split('/').reverse() ?? [];
  const name = decoded(encoded);
  if (name === undefined || slotTime(id) === undefined) {
    end(request, response, 404);
    return;
  }
  switch (request.method) {
    case 'PUT':
      end(request, response, await put(request, id, name, options));
      return;
    case 'GET':
    case 'HEAD':
      await get(request, response, id, name, options);
      return;
    case 'OPTIONS':
      response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, PUT, OPTIONS');
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type');
      response.setHeader('Access-Control-Max-Age', '7200');
      end(request, response, 204);
      return;
    default:
      response.setHeader('Allow', 'GET, HEAD, PUT, OPTIONS');
      end(request, response, 405);
  }
}

/** @returns the status */
async function put(
  request: IncomingMessage,
  id: string,
  name: string,
  { files, tokens, stall }: UploadHttpOptions,
): Promise<number> {
  const [, token] = /^Bearer ([\w.-]{1,8192})$/.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return 401;
  const slot = tokens.verify(token, Date.now());
  if (slot?.id !== id || slot.name !== name) return 403;
  if (request.headers['content-length'] !== String(slot.size)) return 413;
  if ((await files.size(id)) !== undefined) return 409;
  request.setTimeout(stall, () => request.destroy());
  switch (await files.store(slot, request)) {
    case 'stored':
      return 201;
    case 'exists':
      return 409;
    case 'wrong-size':
      return 413;
    case 'no-space':
      return 507;
  }
}

async function get(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  name: string,
  { files, describe, lifetime }: UploadHttpOptions,
): Promise<void> {
  const left = (slotTime(id) ?? 0) + lifetime - Date.now();
  const slot = left > 0 ? await describe(id) : undefined;
  const size = await files.size(id);
  if (slot?.name !== name || size === undefined) {
    end(request, response, left > 0 ? 404 : 410);
    return;
  }
  const range = rangeOf(request.headers.range, size);
  response.setHeader('Accept-Ranges', 'bytes');
  if (range === undefined) {
    response.setHeader('Content-Range', `bytes */${size}`);
    end(request, response, 416);
    return;
  }
  const { start, end: last } = range;
  const isPart = last - start + 1 < size;
  if (isPart) response.setHeader('Content-Range', `bytes ${start}-${last}/${size}`);
  const disposition = safeTypes.test(slot.type) ? 'inline' : 'attachment';
  response.writeHead(isPart ? 206 : 200, {
    'Content-Type': slot.type === 'text/plain' ? 'text/plain; charset=utf-8' : slot.type,
    'Content-Length': last - start + 1,
    'Content-Disposition': `${disposition}; filename*=UTF-8''${strictlyEncoded(name)}`,
    'Cache-Control': `private, max-age=${Math.floor(left / 1000)}, immutable`,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(files.read(id, { start, end: last }), response);
}

/** The whole, or the one part that is asked for; undefined: there is no such part. Several at a time are answered with the whole. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const whole = { start: 0, end: size - 1 };
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return whole;
  if (from === '') return Number(to) === 0 ? undefined : { ...whole, start: Math.max(0, size - Number(to)) };
  const start = Number(from);
  const end = to === '' ? whole.end : Math.min(Number(to), whole.end);
  return start < size && start <= end ? { start, end } : undefined;
}

/** A request whose body is not wanted does not get to send it. */
export function end(request: IncomingMessage, response: ServerResponse, status: number): void {
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-store' }).end();
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** RFC 8187: the characters that `encodeURIComponent` leaves and the header does not allow. */
export function strictlyEncoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
