/**
 * WebSocket upgrades of the web front: `/xmpp-websocket` belongs to the XMPP server, `/colibri-ws/…` to the videobridge.
 * In one process their handlers are called; in split processes the connection is passed on, byte by byte.
 */
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { withoutTenant } from './tenants.js';

/** As node's `upgrade` event hands it over. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface UpgradeRoutes {
  readonly xmpp: UpgradeHandler;
  readonly bridge: UpgradeHandler;
}

/**
 * Takes the upgrades of an HTTP server.
 * @returns ends the connections that are upgraded: the server forgets them, but waits for their end when it closes
 */
export function takeUpgrades(server: Server, routes: Partial<UpgradeRoutes>): () => void {
  const upgraded = new Set<Duplex>();
  const route = routeUpgrades(routes);
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    route(request, socket, head);
  });
  return () => {
    for (const socket of upgraded) socket.destroy();
  };
}

/** One handler for all upgrades; a path that is nobody's is answered 404. */
function routeUpgrades(routes: Partial<UpgradeRoutes>): UpgradeHandler {
  return (request, socket, head) => {
    request.url = withoutTenant(request.url ?? '');
    const path = request.url.split('?', 1)[0] ?? '';
    const handler =
      path === '/xmpp-websocket' ? routes.xmpp : path.startsWith('/colibri-ws/') ? routes.bridge : undefined;
    if (handler) handler(request, socket, head);
    else refuse(socket, '404 Not Found');
  };
}

/**
 * Passes an upgrade on to the service at `origin`: the request as it came, with the address of the client added, and from
 * then on both directions as they come.
 * @param connectWithin milliseconds until a service that does not answer is given up (504)
 * @param otherwise takes the requests that the service does not know (404), or cannot take because it is away
 */
export function forwardUpgrades(
  origin: string,
  log: Logger,
  { connectWithin = 5000, otherwise }: { connectWithin?: number; otherwise?: UpgradeHandler } = {},
): UpgradeHandler {
  const { hostname, port } = new URL(origin);
  return (request, client, head) => {
    const service = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) });
    /** The service has the client now, or nobody has: it is another's, refused or gone. */
    let settled = false;
    const drop = (): void => void service.destroy();
    const giveUp = (status: string): void => {
      settled = true;
      client.off('close', drop);
      service.destroy();
      if (otherwise === undefined) refuse(client, status);
      else otherwise(request, client, head);
    };
    const fail = (status: string, error: Error): void => {
      const path = request.url?.split('?', 1)[0];
      log.warn({ err: error, origin, path }, 'WebSocket could not be passed on');
      if (settled) client.destroy();
      else giveUp(status);
    };
    const pass = (): void => {
      settled = true;
      service.once('close', () => client.destroy());
      service.pipe(client);
      client.pipe(service);
    };
    service.setTimeout(connectWithin, () => fail('504 Gateway Timeout', new Error('no answer in time')));
    service.once('error', (error) => fail('502 Bad Gateway', error));
    service.once('close', () => {
      if (!settled && !client.destroyed) fail('502 Bad Gateway', new Error('no answer'));
    });
    client.once('error', drop);
    client.once('close', drop);
    service.once('connect', () => {
      service.setTimeout(0);
      service.setNoDelay(true);
      service.write(requestHead(request));
      if (head.length > 0) service.write(head);
      if (otherwise === undefined) {
        pass();
        return;
      }
      service.once('data', (start: Buffer) => {
        if (isUnknown(start)) {
          giveUp('404 Not Found');
          return;
        }
        client.write(start);
        pass();
      });
    });
  };
}

/** Whether an answer begins as that of a service which knows nothing of what it was asked for. */
const isUnknown = (start: Buffer): boolean => start.toString('latin1', 0, 13) === 'HTTP/1.1 404 ';

/** The request line and headers as they came; X-Forwarded-For says on whose behalf. */
function requestHead(request: IncomingMessage): string {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] ?? '';
    if (name.toLowerCase() !== 'x-forwarded-for') lines.push(`${name}: ${request.rawHeaders[i + 1] ?? ''}`);
  }
  lines.push(`X-Forwarded-For: ${forwardedFor(request)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** X-Forwarded-For with the address that this request came from at its end. */
export function forwardedFor(request: IncomingMessage): string {
  const before = request.headers['x-forwarded-for'];
  return [...(before === undefined ? [] : [before].flat()), request.socket.remoteAddress ?? 'unknown'].join(
    ', ',
  );
}

/** Answers an upgrade with an HTTP error and closes. */
function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
