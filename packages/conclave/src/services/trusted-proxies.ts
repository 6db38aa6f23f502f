/**
 * Whose X-Forwarded-For the XMPP server believes: proxies on this machine, those that are configured, and whoever uses the
 * internal HTTP port, for that is our own web service, whose address in a network of containers nobody knows beforehand.
 */
import type { IncomingMessage } from 'node:http';

/** More web services than anybody has; beyond, the oldest is forgotten. */
const maxWebServices = 64;

export class ForwardingPeers {
  readonly #known: ReadonlySet<string>;
  readonly #webServices = new Set<string>();

  constructor(configured: readonly string[]) {
    this.#known = new Set(['127.0.0.1', '::1', ...configured]);
  }

  readonly trusts = (address: string): boolean => this.#known.has(address) || this.#webServices.has(address);

  /** Tells of a request at the internal port: who comes this way is trusted from then on. */
  arrived(request: IncomingMessage): void {
    const address = request.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '');
    if (address === undefined) return;
    this.#webServices.delete(address);
    this.#webServices.add(address);
    const [oldest] = this.#webServices;
    if (this.#webServices.size > maxWebServices && oldest !== undefined) this.#webServices.delete(oldest);
  }
}
