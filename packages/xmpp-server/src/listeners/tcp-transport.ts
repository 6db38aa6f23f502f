/** An XML stream over TCP (RFC 6120 s.4), upgraded to TLS by STARTTLS (s.5). Clients, external components and other servers use it. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Element } from 'ltx';
import { NS, type Jid } from '@conclave/signaling';
import { noParameters } from '../stream/connection-parameters.js';
import { atEndOfTurn } from '../stream/end-of-turn.js';
import type { RootTag } from '../stream/element-parser.js';
import type { ParserLimits } from '../stream/parser-limits.js';
import { ReadGate } from '../stream/read-gate.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import { StreamReader } from '../stream/stream-reader.js';
import type { Rate } from '../stream/token-bucket.js';
import {
  noBindings,
  type ChannelBindings,
  type Elsewhere,
  type InitialHeader,
  type ResponseHeader,
  type Transport,
  type TransportSink,
} from '../stream/transport.js';
import { channelBindings } from './channel-binding.js';
import { certifiedAddresses } from './client-certificate.js';
import type { Alpn, TlsContext } from './tls-context.js';

export interface TcpTransportOptions {
  /** `jabber:client`, `jabber:server` or `jabber:component:accept`. */
  readonly contentNamespace: string;
  readonly limits: ParserLimits;
  readonly rate: Rate | undefined;
  /** Without one, STARTTLS is not offered. */
  readonly tls: TlsContext | undefined;
  /** Whether TLS comes before anything else (XEP-0368). */
  readonly directTls?: boolean;
  /** Whether one may log in without TLS. */
  readonly unprotected?: boolean;
  /** Bytes that may wait to be sent to a peer that does not read. */
  readonly maxUnsentBytes: number;
  /** Milliseconds a peer has to close its side. */
  readonly closeGrace: number;
}

export class TcpTransport implements Transport {
  readonly kind = 'tcp';
  readonly address: string;
  readonly parameters = noParameters;
  secure: boolean;
  lastReceived = Date.now();
  readonly #options: TcpTransportOptions;
  readonly #gate = new ReadGate({ pause: () => this.#socket.pause(), resume: () => this.#socket.resume() });
  #socket: Socket;
  #reader: StreamReader;
  #limits: ParserLimits;
  #sink: TransportSink | undefined;
  #bindings: ChannelBindings | undefined;
  #certified: readonly Jid[] | undefined;
  /** A handshake of somebody else's is under way: what is written waits, and what comes is not ours to read. */
  #handshaking = false;
  #unsent = '';
  /** Whether input still means anything; afterwards it is read only to see the peer's end. */
  #listening = true;
  #closing: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: TcpTransportOptions) {
    this.#socket = socket;
    this.#options = options;
    this.secure = options.unprotected === true;
    this.#limits = options.limits;
    this.#reader = this.#newReader();
    this.#gate.rate = options.rate;
    this.address = socket.remoteAddress ?? '';
    if (options.directTls === true) this.#secure();
  }

  get confidential(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  get canStartTls(): boolean {
    return !this.secure && this.#options.tls !== undefined;
  }

  /** Of the handshake that is done when anything has been read. */
  get bindings(): ChannelBindings {
    if (!(this.#socket instanceof TLSSocket)) return noBindings;
    this.#bindings ??= channelBindings(this.#socket);
    return this.#bindings;
  }

  get certified(): readonly Jid[] {
    this.#certified ??= certifiedAddresses(this.#socket);
    return this.#certified;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, 60_000);
    if (!this.#handshaking) this.#listen(this.#socket);
  }

  openStream(own: ResponseHeader | InitialHeader): void {
    const { contentNamespace } = this.#options;
    const header = new Element('stream:stream', {
      xmlns: contentNamespace,
      'xmlns:stream': NS.streams,
      ...(contentNamespace === NS.server ? { 'xmlns:db': NS.dialback } : {}),
      ...own,
      ...(contentNamespace === NS.componentAccept ? {} : { version: '1.0', 'xml:lang': 'en' }),
    }).toString();
    this.write(`<?xml version='1.0'?>${header.slice(0, -2)}>`);
  }

  write(xml: string): void {
    if (this.#closing !== undefined || this.#socket.destroyed) return;
    if (this.#unsent === '') atEndOfTurn(() => this.#flush());
    this.#unsent += xml;
    if (this.#unsent.length + this.#socket.writableLength > this.#options.maxUnsentBytes) this.destroy();
  }

  restart(): void {
    this.#reader = this.#newReader();
  }

  startTls(): void {
    if (!this.canStartTls) throw new Error('STARTTLS was not offered');
    this.#leave(this.#socket);
    this.write(`<proceed xmlns="${NS.tls}"/>`);
    this.#flush();
    this.restart();
    this.#secure();
    if (!this.#handshaking) this.#listen(this.#socket);
  }

  /**
   * Goes on with what a TLS handshake of the caller's makes of the connection, once all that was written is out. Rejects, with the
   * connection cut, when the handshake fails.
   */
  async handshake(secure: (plain: Socket) => Promise<TLSSocket>): Promise<TLSSocket> {
    const plain = this.#socket;
    this.#flush();
    this.#handshaking = true;
    this.#leave(plain);
    this.restart();
    plain.on('close', this.#onClose);
    try {
      const secured = await secure(plain);
      plain.off('close', this.#onClose);
      this.#socket = secured;
      this.secure = true;
      this.#handshaking = false;
      this.#listen(secured);
      this.#flush();
      return secured;
    } catch (error) {
      plain.destroy();
      throw error;
    }
  }

  probe(): void {
    this.write(' ');
  }

  pause(): void {
    this.#gate.hold();
  }

  resume(): void {
    this.#gate.release();
  }

  admit(limits: ParserLimits, rate: Rate | undefined): void {
    this.#limits = limits;
    this.#reader.limits = limits;
    this.#gate.rate = rate;
  }

  redirect({ host }: Elsewhere): boolean {
    if (host === undefined) return false;
    this.write(streamErrorXml({ condition: 'see-other-host', host }));
    this.close();
    return true;
  }

  close(): void {
    if (this.#closing !== undefined || this.#socket.destroyed) return;
    if (this.#handshaking) {
      this.destroy();
      return;
    }
    this.write('</stream:stream>');
    this.#flush();
    this.#listening = false;
    this.#closing = setTimeout(() => this.destroy(), this.#options.closeGrace);
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #secure(): void {
    const { tls, directTls } = this.#options;
    if (tls === undefined) throw new Error('there is no certificate');
    this.secure = true;
    // Only where nothing else says which protocol is meant (XEP-0368 s.3).
    const alpn: Alpn = directTls === true ? { ALPNProtocols: ['xmpp-client'] } : {};
    if (tls.asksForCertificates) {
      // A handshake that fails ends the connection, which is all that matters.
      this.handshake((plain) => tls.verified(plain, alpn)).then(
        (secured) => secured.disableRenegotiation(),
        () => undefined,
      );
      return;
    }
    const secured = tls.secure(this.#socket, alpn);
    secured.disableRenegotiation();
    this.#socket = secured;
  }

  #newReader(): StreamReader {
    const current = (): boolean => this.#listening && this.#reader === reader;
    const reader: StreamReader = new StreamReader(
      {
        opened: (root) => {
          if (current()) this.#opened(root);
        },
        element: (element) => {
          if (current()) this.#sink?.element(element);
        },
        closed: () => {
          if (current()) this.#sink?.closed();
        },
      },
      this.#limits,
    );
    return reader;
  }

  #opened(root: RootTag): void {
    const error = this.#headerError(root);
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    const { to, from, version, id } = root.attributes;
    this.#sink?.opened({ to, from, version, id });
  }

  #headerError(root: RootTag): StreamError | undefined {
    if (root.namespace !== NS.streams) return streamError('invalid-namespace');
    if (root.name !== 'stream') return streamError('bad-format');
    if (root.contentNamespace !== this.#options.contentNamespace) return streamError('invalid-namespace');
    return undefined;
  }

  #fail(error: StreamError): void {
    this.#listening = false;
    this.#sink?.failed(error);
  }

  readonly #onData = (bytes: Buffer): void => this.#read(bytes);
  readonly #onClose = (): void => this.#gone();

  #listen(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('close', this.#onClose);
    // A failure is followed by 'close', which is all that matters.
    socket.on('error', () => socket.destroy());
  }

  /** Reads no more from a connection that TLS is about to begin on. */
  #leave(plain: Socket): void {
    plain.off('data', this.#onData);
    plain.off('close', this.#onClose);
    plain.pause();
    // Whatever the peer sent in plain text ahead of TLS must not be taken for protected text later.
    while (plain.read() !== null);
  }

  #read(bytes: Buffer): void {
    this.lastReceived = Date.now();
    this.#gate.took(bytes.length);
    if (!this.#listening) return;
    const reader = this.#reader;
    const error = reader.read(bytes);
    if (error !== undefined && this.#reader === reader) this.#fail(error);
  }

  #flush(): void {
    if (this.#unsent === '' || this.#handshaking) return;
    this.#sink?.flushing();
    const text = this.#unsent;
    this.#unsent = '';
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(text);
  }

  #gone(): void {
    clearTimeout(this.#closing);
    this.#gate.dispose();
    this.#listening = false;
    this.#sink?.gone();
    this.#sink = undefined;
  }
}
