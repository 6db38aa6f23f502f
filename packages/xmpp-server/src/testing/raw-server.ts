/** A server that says over TCP exactly what a test tells it to. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RawTcp } from './raw-tcp.js';

export class RawServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: RawTcp[] = [];
  #arrived: (() => void) | undefined;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      this.#waiting.push(RawTcp.over(socket));
      this.#arrived?.();
    });
  }

  static async open(): Promise<RawServer> {
    const raw = new RawServer();
    raw.#server.listen(0, '127.0.0.1');
    await once(raw.#server, 'listening');
    return raw;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next connection. */
  async accept(): Promise<RawTcp> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
