/** A WebSocket client that sends exactly the frames a test tells it to. */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { domain } from './test-server.js';

const framing = 'urn:ietf:params:xml:ns:xmpp-framing';

export class RawWebSocket {
  readonly #webSocket: WebSocket;
  readonly #frames: string[] = [];
  readonly #waiting: (() => void)[] = [];
  /** The close code, once closed. */
  code: number | undefined;

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: Buffer) => {
      this.#frames.push(data.toString());
      this.#wake();
    });
    webSocket.on('error', () => undefined);
    webSocket.on('close', (code: number) => {
      this.code = code;
      this.#wake();
    });
  }

  /** Rejects with the HTTP status when it is refused. */
  static async connect(
    url: string,
    protocol: string | string[] = 'xmpp',
    options: ClientOptions = {},
  ): Promise<RawWebSocket> {
    const webSocket = new WebSocket(url, protocol, options);
    const client = new RawWebSocket(webSocket);
    const refused = once(webSocket, 'unexpected-response').then(([, response]) => {
      throw new Error(String((response as { statusCode: number }).statusCode));
    });
    await Promise.race([once(webSocket, 'open'), refused]);
    refused.catch(() => undefined);
    return client;
  }

  /** Connected, and logged in as a guest; nothing is bound. */
  static async guest(url: string): Promise<RawWebSocket> {
    const client = await RawWebSocket.connect(url);
    client.open(`guest.${domain}`);
    await client.frames(2);
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    await client.frames(1);
    client.open(`guest.${domain}`);
    await client.frames(2);
    return client;
  }

  open(to: string = domain): void {
    this.send(`<open xmlns='${framing}' to='${to}' version='1.0'/>`);
  }

  send(frame: string | Buffer, options = {}): void {
    this.#webSocket.send(frame, options);
  }

  /** The next frames. */
  async frames(count: number): Promise<string[]> {
    while (this.#frames.length < count) {
      if (this.code !== undefined) throw new Error(`closed (${this.code}) after: ${this.#frames.join('')}`);
      await this.#more();
    }
    return this.#frames.splice(0, count);
  }

  async frame(): Promise<string> {
    const [frame = ''] = await this.frames(1);
    return frame;
  }

  /** All frames that come before the WebSocket is closed. */
  async rest(): Promise<string[]> {
    while (this.code === undefined) await this.#more();
    return this.#frames;
  }

  /** Closes the WebSocket without closing the stream. */
  close(): void {
    this.#webSocket.close();
  }

  /** Cuts the connection as a network does. */
  cut(): void {
    this.#webSocket.terminate();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
