/** Turns HTTP upgrade requests into XMPP connections (RFC 7395 s.3.1); the HTTP server itself is the caller's. */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AddressCap } from './address-cap.js';
import { clientPeer, type TrustedProxies } from './client-peer.js';
import { connectionParameters } from './connection-parameters.js';
import { originAllowed } from './origin.js';
import { WebSocketTransport, type WebSocketTransportOptions } from './websocket-transport.js';

export interface WebSocketListenerOptions {
  /** What a connection that comes now is held to. */
  readonly connection: () => Omit<WebSocketTransportOptions, 'address' | 'confidential' | 'parameters'>;
  /** The largest message of such a connection in bytes. */
  readonly maxPayload: () => number;
  /**
   * Origins of pages that may connect (`*`: any); `undefined`: pages of the host that is connected to. Clients that send no Origin
   * are not browsers, and free to connect.
   */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly trustedProxies: TrustedProxies;
  readonly cap: AddressCap;
  readonly accept: (transport: WebSocketTransport) => void;
}

export class WebSocketListener {
  readonly #options: WebSocketListenerOptions;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  #closed = false;

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      handleProtocols: (protocols) => (protocols.has('xmpp') ? 'xmpp' : false),
    });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { allowedOrigins, trustedProxies, cap, accept } = this.#options;
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!protocols.includes('xmpp')) {
      refuse(socket, 400);
      return;
    }
    if (!originAllowed(request, allowedOrigins)) {
      refuse(socket, 403);
      return;
    }
    const { address, confidential } = clientPeer(request, trustedProxies);
    const release = this.#closed ? undefined : cap.admit(address);
    if (release === undefined) {
      refuse(socket, 503);
      return;
    }
    socket.on('close', release);
    this.#server.options.maxPayload = this.#options.maxPayload();
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#open.add(webSocket);
      webSocket.on('close', () => this.#open.delete(webSocket));
      accept(
        new WebSocketTransport(webSocket, socket, {
          ...this.#options.connection(),
          address,
          confidential,
          parameters: connectionParameters(request),
        }),
      );
    });
  }

  /** Accepts no more; connections that exist are their streams' to close. */
  close(): void {
    this.#closed = true;
  }

  /** Cuts what is still connected. */
  destroy(): void {
    for (const webSocket of this.#open) webSocket.terminate();
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }
}

function refuse(socket: Duplex, status: 400 | 403 | 503): void {
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
