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
 */
export function forwardUpgrades(origin: string, log: Logger, connectWithin = 5000): UpgradeHandler {
  const { hostname, port } = new URL(origin);
  return (request, client, head) => {
    const service = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) });
    let answered = false;
    const end = (status: string, error?: Error): void => {
      if (error)
        log.warn(
          { err: error, origin, path: request.url?.split('?', 1)[0] },
          'WebSocket could not be passed on',
        );
      if (answered) client.destroy();
      else refuse(client, status);
      answered = true;
      service.destroy();
    };
    service.setTimeout(connectWithin, () => end('504 Gateway Timeout', new Error('no answer in time')));
    service.once('error', (error) => end('502 Bad Gateway', error));
    client.once('error', () => service.destroy());
    client.once('close', () => service.destroy());
    service.once('close', () => client.destroy());
    service.once('connect', () => {
      service.setTimeout(0);
      service.setNoDelay(true);
      answered = true;
      service.write(requestHead(request));
      if (head.length > 0) service.write(head);
      service.pipe(client);
      client.pipe(service);
    });
  };
}

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
