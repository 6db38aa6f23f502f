/** A client that says over TCP exactly what a test tells it to, however wrong. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { domain } from './test-server.js';

export function streamHeader(to: string = domain, rest = "version='1.0'"): string {
  return `<?xml version='1.0'?><stream:stream to='${to}' ${rest} xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
}

export class RawTcp {
  #socket: Socket;
  #received = '';
  #waiting: (() => void) | undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** On a connection that exists. */
  static over(socket: Socket): RawTcp {
    return new RawTcp(socket);
  }

  static async open(port: number): Promise<RawTcp> {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawTcp(socket);
  }

  /** Opens a stream, upgrades it to TLS and opens it again. */
  static async secured(port: number, to: string = domain): Promise<RawTcp> {
    const client = await RawTcp.open(port);
    client.send(`${streamHeader(to)}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    await client.until(/<proceed[^>]*>/);
    await client.startTls();
    client.send(streamHeader(to));
    await client.until(/<\/stream:features>/);
    return client;
  }

  /** Secured, and logged in as a guest; nothing is bound. */
  static async guest(port: number): Promise<RawTcp> {
    const to = `guest.${domain}`;
    const client = await RawTcp.secured(port, to);
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    await client.until(/<success[^>]*>/);
    client.send(streamHeader(to));
    await client.until(/<\/stream:features>/);
    return client;
  }

  send(text: string | Buffer): void {
    this.#socket.write(text);
  }

  /** What has come, up to and with the first match; it is taken away. Fails when the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      if (this.#ended) throw new Error(`ended after: ${this.#received}`);
      await this.#more();
    }
  }

  /** All that comes before the connection ends. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  /** The condition of the stream error with which the connection ends. */
  async streamError(): Promise<string> {
    const text = await this.rest();
    const found = /<stream:error[^>]*><([a-z-]+) .*<\/stream:error><\/stream:stream>$/.exec(text);
    if (found?.[1] === undefined) throw new Error(`no stream error in: ${text}`);
    return found[1];
  }

  startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    return this.secure(async (plain) => {
      const secured = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
      await once(secured, 'secureConnect');
      return secured;
    });
  }

  /** Goes on with what a handshake makes of the connection. */
  async secure(handshake: (plain: Socket) => Promise<TLSSocket>): Promise<TLSSocket> {
    const plain = this.#socket;
    plain.removeAllListeners();
    const secured = await handshake(plain);
    this.#socket = secured;
    this.#received = '';
    this.#listen(secured);
    return secured;
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Cuts the connection as a network does: no closing tag. */
  cut(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString();
      this.#waiting?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#waiting?.();
    });
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
