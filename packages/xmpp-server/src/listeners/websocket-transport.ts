/** XMPP over WebSocket (RFC 7395): one element a frame. TLS, if any, is that of the HTTP server or of a proxy before it. */
import type { Duplex } from 'node:stream';
import { Element } from 'ltx';
import type { RawData, WebSocket } from 'ws';
import { NS } from '@conclave/signaling';
import type { ConnectionParameters } from '../stream/connection-parameters.js';
import { stanzaTooBig } from '../stream/element-parser.js';
import { atEndOfTurn } from '../stream/end-of-turn.js';
import { FrameReader } from '../stream/frame-reader.js';
import type { ParserLimits } from '../stream/parser-limits.js';
import { ReadGate } from '../stream/read-gate.js';
import type { StreamError } from '../stream/stream-error.js';
import type { Rate } from '../stream/token-bucket.js';
import {
  noBindings,
  type Elsewhere,
  type ResponseHeader,
  type Transport,
  type TransportSink,
} from '../stream/transport.js';

/** The client recognises a close only by this very text. */
const closeFrame = `<close xmlns="${NS.framing}" />`;

/** Close codes (RFC 6455 s.7.4.1). */
const normal = 1000;
const unsupportedData = 1003;
const invalidPayload = 1007;

export interface WebSocketTransportOptions {
  readonly address: string;
  readonly confidential: boolean;
  readonly parameters: ConnectionParameters;
  readonly limits: ParserLimits;
  readonly rate: Rate | undefined;
  readonly maxUnsentBytes: number;
  readonly closeGrace: number;
}

export class WebSocketTransport implements Transport {
  readonly kind = 'websocket';
  readonly secure = true;
  readonly canStartTls = false;
  readonly bindings = noBindings;
  readonly certified = [];
  readonly address: string;
  readonly confidential: boolean;
  readonly parameters: ConnectionParameters;
  lastReceived = Date.now();
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #options: WebSocketTransportOptions;
  readonly #reader: FrameReader;
  readonly #gate: ReadGate;
  #sink: TransportSink | undefined;
  #corked = false;
  #listening = true;
  #closing: NodeJS.Timeout | undefined;

  /** @param socket the connection under the WebSocket, for coalescing writes */
  constructor(webSocket: WebSocket, socket: Duplex, options: WebSocketTransportOptions) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.limits);
    this.#gate = new ReadGate(webSocket);
    this.#gate.rate = options.rate;
    this.address = options.address;
    this.confidential = options.confidential;
    this.parameters = options.parameters;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#webSocket.on('message', (data, isBinary) => this.#read(data, isBinary));
    this.#webSocket.on('pong', () => {
      this.lastReceived = Date.now();
    });
    this.#webSocket.on('error', (error) => {
      if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#fail(stanzaTooBig);
      this.#webSocket.terminate();
    });
    this.#webSocket.on('close', () => this.#gone());
  }

  openStream({ id, from }: ResponseHeader): void {
    const open = new Element('open', { xmlns: NS.framing, from, id, version: '1.0', 'xml:lang': 'en' });
    this.write(open.toString());
  }

  write(xml: string): void {
    if (this.#closing !== undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      atEndOfTurn(() => this.#flush());
    }
    this.#webSocket.send(xml);
    if (this.#webSocket.bufferedAmount > this.#options.maxUnsentBytes) this.destroy();
  }

  restart(): void {
    // Each frame stands alone: there is no parser state to forget, and the next `<open/>` is an ordinary frame.
  }

  startTls(): void {
    throw new Error('STARTTLS was not offered');
  }

  probe(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
  }

  pause(): void {
    this.#gate.hold();
  }

  resume(): void {
    this.#gate.release();
  }

  admit(limits: ParserLimits, rate: Rate | undefined): void {
    this.#reader.limits = limits;
    this.#gate.rate = rate;
  }

  redirect({ webSocket }: Elsewhere): boolean {
    if (webSocket === undefined) return false;
    this.#close(normal, new Element('close', { xmlns: NS.framing, 'see-other-uri': webSocket }).toString());
    return true;
  }

  close(): void {
    this.#close(normal);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  #close(code: number, frame = closeFrame): void {
    if (this.#closing !== undefined) return;
    this.write(frame);
    this.#flush();
    this.#listening = false;
    this.#closing = setTimeout(() => this.destroy(), this.#options.closeGrace);
    this.#webSocket.close(code);
  }

  #read(data: RawData, isBinary: boolean): void {
    this.lastReceived = Date.now();
    const frame = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    this.#gate.took(frame.length);
    if (!this.#listening) return;
    if (isBinary) {
      this.#close(unsupportedData);
      return;
    }
    const text = frame.toString();
    if (!text.startsWith('<')) {
      this.#close(invalidPayload);
      return;
    }
    const result = this.#reader.read(text);
    if ('error' in result) {
      this.#fail(result.error);
      return;
    }
    this.#dispatch(result.element);
  }

  #dispatch(element: Element): void {
    if (element.attrs['xmlns'] !== NS.framing) return this.#sink?.element(element);
    if (element.name === 'close') return this.#sink?.closed();
    if (element.name !== 'open') return this.#sink?.element(element);
    const { to, from, version } = element.attrs as Record<string, string | undefined>;
    this.#sink?.opened({ to, from, version });
  }

  #fail(error: StreamError): void {
    this.#listening = false;
    this.#sink?.failed(error);
  }

  #flush(): void {
    if (!this.#corked) return;
    this.#sink?.flushing();
    this.#corked = false;
    this.#socket.uncork();
  }

  #gone(): void {
    clearTimeout(this.#closing);
    this.#gate.dispose();
    this.#listening = false;
    this.#sink?.gone();
    this.#sink = undefined;
  }
}
