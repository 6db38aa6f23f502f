/** Listens for XML streams over TCP (RFC 6120 s.3): one listener for clients, one for external components. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { AddressCap } from './address-cap.js';

export interface TcpListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly cap: AddressCap;
  readonly log: Logger;
  readonly accept: (socket: Socket) => void;
}

export class TcpListener {
  readonly #server: Server;
  readonly #open: ReadonlySet<Socket>;

  private constructor(server: Server, open: ReadonlySet<Socket>) {
    this.#server = server;
    this.#open = open;
  }

  /** Resolves once it listens; rejects when the port cannot be had. */
  static async open({ host, port, cap, log, accept }: TcpListenerOptions): Promise<TcpListener> {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      const release = cap.admit(socket.remoteAddress ?? '');
      if (release === undefined) {
        log.debug({ address: socket.remoteAddress }, 'too many connections from one address');
        socket.destroy();
        return;
      }
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        release();
      });
      accept(socket);
    });
    server.listen({ host, port, backlog: 511 });
    await once(server, 'listening');
    server.on('error', (error) => log.error({ err: error }, 'listener failed'));
    return new TcpListener(server, open);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Accepts no more; connections that exist are their streams' to close. */
  close(): void {
    this.#server.close();
  }

  /** Cuts what is still connected. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }
}
