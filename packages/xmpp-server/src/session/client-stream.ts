/**
 * A client's stream (RFC 6120 s.4 to s.7): its header, its order of one thing after another, its end, and who gets what it says. What may
 * be said when is the phase's to know.
 */
import { randomUUID } from 'node:crypto';
import { Element } from 'ltx';
import type { Logger } from 'pino';
import { attribute, NS, tryParseJid, type Jid } from '@conclave/signaling';
import type { LocalHost } from '../host/local-host.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, Transport, TransportSink } from '../stream/transport.js';
import type { ClientServices } from './client-services.js';
import { Inbox } from './inbox.js';
import { Closed } from './phases/closed.js';
import { Connecting } from './phases/connecting.js';
import { follow, type Phase, type PhaseStream } from './phases/phase.js';
import { Secured } from './phases/secured.js';
import type { Redirection } from './redirection.js';
import { sasl2Namespace, sasl2Profile, saslProfile, type SaslProfile } from './sasl-profile.js';

type Input =
  | { readonly kind: 'opened'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: StreamError };

const stanzaNames = ['message', 'presence', 'iq'];

export class ClientStream implements TransportSink, PhaseStream {
  readonly transport: Transport;
  readonly services: ClientServices;
  claimedFrom: string | undefined;
  readonly #inbox: Inbox<Input>;
  readonly #loginTimer: NodeJS.Timeout;
  #phase: Phase;
  #host: LocalHost | undefined;
  /** Whether the peer has to open a stream before it may send anything else, and whether we have answered with our header. */
  #awaitsHeader = true;
  #headerSent = false;
  #account: Jid | undefined;
  #log: Logger | undefined;

  constructor(transport: Transport, services: ClientServices) {
    this.transport = transport;
    this.services = services;
    this.#phase = transport.secure ? new Secured(this) : new Connecting(this);
    this.#inbox = new Inbox({
      handle: (input) => this.#handle(input),
      gate: transport,
      failed: (error) => {
        this.log.error({ err: error }, 'a stream failed');
        this.fail(streamError('internal-server-error'));
      },
    });
    this.#loginTimer = setTimeout(
      () => this.fail(streamError('connection-timeout', 'Not logged in in time')),
      services.limits.loginTimeout,
    );
    transport.start(this);
  }

  opened(header: StreamHeader): void {
    this.#inbox.push({ kind: 'opened', header });
  }

  element(element: Element): void {
    this.#inbox.push({ kind: 'element', element });
  }

  closed(): void {
    this.#inbox.push({ kind: 'closed' });
  }

  failed(error: StreamError): void {
    this.#inbox.push({ kind: 'failed', error });
  }

  gone(): void {
    const { session } = this.#phase;
    this.#release();
    if (session === undefined) return;
    session.lose(this);
    this.log.debug({ session: session.jid, state: session.state }, 'connection lost');
  }

  flushing(): void {
    this.#phase.flushing();
  }

  write(xml: string): void {
    this.transport.write(xml);
  }

  end(error: StreamError | undefined): void {
    if (this.#phase.name === 'closed') return;
    if (error?.condition === 'system-shutdown' && this.#redirects('stopping')) return;
    if (error !== undefined) {
      this.#sendHeader();
      this.transport.write(streamErrorXml(error));
      this.log.debug({ condition: error.condition, text: error.text }, 'stream closed with an error');
    }
    this.#release();
    this.transport.close();
  }

  get host(): LocalHost {
    if (this.#host === undefined) throw new Error('no header has been read');
    return this.#host;
  }

  /** Made when there is something to say: a logger with fields of its own costs as much as what is done to log in. */
  get log(): Logger {
    const { address } = this.transport;
    this.#log ??= this.services.log.child({
      stream: randomUUID().slice(0, 8),
      address,
      account: this.#account,
    });
    return this.#log;
  }

  authenticated(account: Jid): void {
    this.#account = account;
    this.#log = this.#log?.child({ account });
  }

  enter(phase: Phase): void {
    this.#phase = follow(this.#phase, phase);
    if (phase.name === 'bound') clearTimeout(this.#loginTimer);
  }

  isIn(phase: Phase): boolean {
    return this.#phase === phase;
  }

  awaitHeader(): void {
    this.#awaitsHeader = true;
  }

  fail(error: StreamError | undefined): void {
    this.#phase.session?.end(error);
    // There is no session yet, or it has moved on and left this stream behind.
    this.end(error);
  }

  #release(): void {
    if (this.#phase.name !== 'closed') this.enter(new Closed(this));
    clearTimeout(this.#loginTimer);
    this.#inbox.clear();
    this.services.streams.delete(this);
  }

  #handle(input: Input): void | Promise<void> {
    if (this.#phase.name === 'closed') return;
    switch (input.kind) {
      case 'element':
        return this.#element(input.element);
      case 'opened':
        return this.#open(input.header);
      case 'closed': {
        this.fail(undefined);
        return;
      }
      case 'failed': {
        this.fail(input.error);
        return;
      }
    }
  }

  #sendHeader(): void {
    if (this.#headerSent) return;
    this.#headerSent = true;
    this.transport.openStream({ id: randomUUID(), from: this.#host?.name });
  }

  #open(header: StreamHeader): void | Promise<void> {
    if (!this.#awaitsHeader) {
      this.fail(streamError('bad-format', 'The stream is open already'));
      return;
    }
    this.#awaitsHeader = false;
    this.#headerSent = false;
    const error = this.#checkHeader(header);
    if (error !== undefined) {
      this.fail(error);
      return;
    }
    if (this.#phase.name === 'secured' && this.#redirects('always')) return;
    this.#sendHeader();
    const phase = this.#phase;
    const offer = (): void => {
      if (this.#phase === phase) this.transport.write(phase.features());
    };
    const preparing = phase.prepare();
    if (preparing === undefined) offer();
    else return preparing.then(offer);
  }

  /** Sends the client elsewhere, if it is to go now: over TCP not before there is TLS, or anybody could have sent it. */
  #redirects(now: Redirection['when']): boolean {
    const host = this.#host?.name;
    const elsewhere = host === undefined ? undefined : this.services.redirection(host);
    if (elsewhere === undefined || this.#phase.name === 'connecting') return false;
    if (now === 'always' && elsewhere.when !== 'always') return false;
    this.#sendHeader();
    if (!this.transport.redirect(elsewhere)) return false;
    this.#release();
    return true;
  }

  #checkHeader({ to, from, version }: StreamHeader): StreamError | undefined {
    const address = tryParseJid(to);
    if (address?.isBare !== true || address.local !== undefined) return streamError('improper-addressing');
    const host = this.services.host(address.domain);
    if (host?.accounts === undefined) return streamError('host-unknown');
    // Whatever was negotiated was negotiated with the first host named: it must not carry over to another.
    if (this.#host !== undefined && this.#host !== host) return streamError('not-authorized');
    this.#host = host;
    this.claimedFrom = from;
    if (!/^[1-9][0-9]*\.[0-9]+$/.test(version ?? '')) return streamError('unsupported-version');
    return undefined;
  }

  #element(element: Element): void | Promise<void> {
    if (this.#awaitsHeader) {
      this.fail(streamError('bad-format', 'The stream is not open'));
      return;
    }
    const isStanza = stanzaNames.includes(element.name);
    switch (attribute(element, 'xmlns')) {
      case NS.client:
        if (isStanza) return this.#phase.stanza(element);
        break;
      case NS.streamManagement: {
        this.#phase.manage(element);
        return;
      }
      case NS.tls:
        if (element.name === 'starttls') {
          this.#startTls();
          return;
        }
        break;
      case NS.sasl:
        return this.#authenticate(element, saslProfile);
      case sasl2Namespace:
        if (this.host.trusted) break;
        return this.#authenticate(element, sasl2Profile);
      case NS.streams:
        if (element.name === 'error') {
          this.fail(undefined);
          return;
        }
        break;
      default:
        if (isStanza) {
          this.fail(streamError('invalid-namespace'));
          return;
        }
        if (this.#phase.extension?.(element) === true) return;
    }
    this.fail(streamError('unsupported-stanza-type'));
  }

  #authenticate(element: Element, profile: SaslProfile): void | Promise<void> {
    if (this.#phase.authenticate !== undefined) return this.#phase.authenticate(element, profile);
    this.fail(streamError('not-authorized', 'Authenticated already'));
  }

  #startTls(): void {
    if (!this.transport.canStartTls) {
      this.transport.write(`<failure xmlns="${NS.tls}"/>`);
      this.fail(undefined);
      return;
    }
    this.transport.startTls();
    this.enter(new Secured(this));
    this.awaitHeader();
  }
}
