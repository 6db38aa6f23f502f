/**
 * The bridge channel over WebSocket (colibri-ws), for clients that do not use the data channel. The URL names server,
 * conference and endpoint; a token in it admits the endpoint and nobody else.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';

import type { Bridge } from '../conference/bridge.js';
import type { Conference } from '../conference/conference.js';
import type { Endpoint } from '../conference/endpoint.js';
import { guarded } from '../transport/guard.js';
import type { ChannelLink } from './endpoint-channel.js';

const PATH = /^\/colibri-ws\/([^/?#]+)\/([^/?#]+)\/([^/?#]+)\?pwd=([A-Za-z0-9_-]+)$/;
/** Between two pings, in ms; a client that has not answered one by the next is gone. */
const PING = 15_000;
const MAX_BUFFERED = 1024 * 1024;
/** RFC 6455 section 7.4.1: done, going away (a tab that is closed), and no code at all, as most clients close. */
const NORMAL = new Set([1000, 1001, 1005]);

export class ColibriWebSocketServer {
  readonly #server: WebSocketServer;
  readonly #links = new Map<Endpoint, WebSocketLink>();
  readonly #pinger: NodeJS.Timeout;

  constructor(
    private readonly bridge: Bridge,
    /** Names this bridge in URLs. */
    private readonly serverId: string,
    /** Where clients reach us, such as `wss://meet.example`; undefined: nowhere, and no URL is offered. */
    private readonly publicUrl: string | undefined,
    private readonly log: Logger,
  ) {
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: bridge.limits.channelMessageLength * 4,
    });
    this.#pinger = setInterval(() => {
      for (const link of this.#links.values()) link.ping();
    }, PING);
  }

  /** The URLs for an endpoint's transport. */
  urls(conference: Conference, endpoint: Endpoint): readonly string[] {
    if (this.publicUrl === undefined) return [];
    const path = [this.serverId, conference.localId, endpoint.id].map(encodeURIComponent).join('/');
    return [`${this.publicUrl.replace(/\/$/, '')}/colibri-ws/${path}?pwd=${endpoint.token}`];
  }

  /** Takes an HTTP upgrade for a path below `/colibri-ws/`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, serverId, conferenceId, endpointId, token] = PATH.exec(request.url ?? '') ?? [];
    if (serverId === undefined || decoded(serverId) !== this.serverId) {
      refuse(socket, 404);
      return;
    }
    const endpoint = this.#find(decoded(conferenceId ?? ''), decoded(endpointId ?? ''));
    if (endpoint === undefined || !sameSecret(endpoint.token, token ?? '')) {
      refuse(socket, 403);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, endpoint));
  }

  #find(conferenceId: string | undefined, endpointId: string | undefined): Endpoint | undefined {
    const conferences = [...this.bridge.conferences.values()];
    const conference = conferences.find(({ localId }) => localId === conferenceId);
    return conference?.endpoints.get(endpointId ?? '');
  }

  #accept(webSocket: WebSocket, endpoint: Endpoint): void {
    const former = this.#links.get(endpoint);
    if (former !== undefined) {
      endpoint.channel.detach(former);
      former.replace();
    }
    const link = new WebSocketLink(webSocket);
    this.#links.set(endpoint, link);
    webSocket.on(
      'message',
      guarded(this.log, (data: Buffer, binary: boolean) => {
        if (!binary) endpoint.channel.receive(data.toString('utf8'), link);
      }),
    );
    const { totals } = this.bridge;
    webSocket.on('error', (error) => {
      totals.webSocketErrors += 1;
      this.log.debug({ err: error, endpoint: endpoint.id }, 'colibri WebSocket');
    });
    webSocket.on('close', (code) => {
      endpoint.channel.detach(link);
      if (this.#links.get(endpoint) !== link) return;
      this.#links.delete(endpoint);
      if (NORMAL.has(code)) totals.webSocketsClosedNormally += 1;
      else totals.webSocketsClosedAbnormally += 1;
    });
    link.send('{"colibriClass":"ServerHello"}');
    endpoint.channel.attach(link);
  }

  close(): void {
    clearInterval(this.#pinger);
    for (const link of this.#links.values()) link.close();
    this.#server.close();
  }
}

/** One accepted WebSocket. */
class WebSocketLink implements ChannelLink {
  readonly isWebSocket = true;
  #alive = true;

  constructor(private readonly webSocket: WebSocket) {
    webSocket.on('pong', () => (this.#alive = true));
  }

  send(text: string): boolean {
    const { webSocket } = this;
    if (webSocket.readyState !== webSocket.OPEN || webSocket.bufferedAmount > MAX_BUFFERED) return false;
    webSocket.send(text);
    return true;
  }

  ping(): void {
    if (!this.#alive) {
      this.webSocket.terminate();
      return;
    }
    this.#alive = false;
    this.webSocket.ping();
  }

  replace(): void {
    this.webSocket.close(1000, 'replaced');
  }

  close(): void {
    this.webSocket.close(1001);
  }
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function sameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
