/**
 * A client's stream (RFC 6120 s.4 to s.7): negotiates TLS, SASL and a resource or a resumption, then passes stanzas on. It is the
 * one place that knows what may be sent when; what each step does stands in the files beside.
 */
import { randomUUID } from 'node:crypto';
import { Element } from 'ltx';
import type { Logger } from 'pino';
import { attribute, firstChild, makeJid, NS, tryParseJid, type Jid } from '@conclave/signaling';
import type { LocalHost } from '../host/local-host.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, Transport, TransportSink } from '../stream/transport.js';
import { bindResource } from './binding.js';
import type { ClientServices } from './client-services.js';
import { featuresXml } from './features.js';
import { Inbox } from './inbox.js';
import { advance, type Phase } from './phase.js';
import { SaslNegotiation } from './sasl-negotiation.js';
import type { Session, SessionStream } from './session.js';
import { handleManagement, type ManagementReply } from './stream-management.js';

type Input =
  | { readonly kind: 'opened'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: StreamError };

const stanzaNames = ['message', 'presence', 'iq'];

export class ClientStream implements TransportSink, SessionStream {
  readonly #transport: Transport;
  readonly #services: ClientServices;
  readonly #inbox: Inbox<Input>;
  #log: Logger;
  #phase: Phase = 'connecting';
  /** Whether the peer has to open a stream before it may send anything else, and whether we have answered with our header. */
  #awaitsHeader = true;
  #headerSent = false;
  #host: LocalHost | undefined;
  #sasl: SaslNegotiation | undefined;
  #account: Jid | undefined;
  #session: Session | undefined;
  #awaitsAck = false;
  /** When acknowledgements may first be asked for, in milliseconds since the epoch. */
  #acksFrom = 0;
  readonly #login: NodeJS.Timeout;
  #liveness: NodeJS.Timeout | undefined;

  constructor(transport: Transport, services: ClientServices) {
    this.#transport = transport;
    this.#services = services;
    this.#log = services.log.child({ stream: randomUUID().slice(0, 8), address: transport.address });
    this.#inbox = new Inbox({
      handle: (input) => this.#handle(input),
      gate: transport,
      failed: (error) => {
        this.#log.error({ err: error }, 'a stream failed');
        this.#fail(streamError('internal-server-error'));
      },
    });
    this.#login = setTimeout(
      () => this.#fail(streamError('connection-timeout', 'Not logged in in time')),
      services.limits.loginTimeout,
    );
    if (transport.secure) this.#phase = advance(this.#phase, 'secured');
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
    this.#release();
    const session = this.#session;
    if (session === undefined) return;
    session.lose(this);
    this.#log.debug({ session: session.jid, state: session.state }, 'connection lost');
  }

  /** Asks for an acknowledgement behind what goes out now, unless one is due already (XEP-0198 s.4). */
  flushing(): void {
    if (this.#phase !== 'bound' || this.#awaitsAck || this.#session?.hasUnacked !== true) return;
    if (Date.now() < this.#acksFrom) return;
    this.#awaitsAck = true;
    this.#transport.write(`<r xmlns="${NS.streamManagement}"/>`);
  }

  write(xml: string): void {
    this.#transport.write(xml);
  }

  end(error: StreamError | undefined): void {
    if (this.#phase === 'closed') return;
    if (error !== undefined) {
      this.#sendHeader();
      this.#transport.write(streamErrorXml(error));
      this.#log.debug({ condition: error.condition, text: error.text }, 'stream closed with an error');
    }
    this.#release();
    this.#transport.close();
  }

  /** Ends the stream, and with it the session if there is one. */
  #fail(error: StreamError | undefined): void {
    if (this.#session === undefined) this.end(error);
    else this.#session.end(error);
    // A session that has moved on has left this stream behind.
    this.end(error);
  }

  #release(): void {
    this.#phase = advance(this.#phase, 'closed');
    clearTimeout(this.#login);
    clearInterval(this.#liveness);
    this.#inbox.clear();
    this.#services.streams.delete(this);
  }

  #handle(input: Input): void | Promise<void> {
    if (this.#phase === 'closed') return;
    switch (input.kind) {
      case 'opened': {
        this.#open(input.header);
        return;
      }
      case 'element':
        return this.#element(input.element);
      case 'closed': {
        this.#fail(undefined);
        return;
      }
      case 'failed': {
        this.#fail(input.error);
        return;
      }
    }
  }

  #sendHeader(): void {
    if (this.#headerSent) return;
    this.#headerSent = true;
    this.#transport.openStream({ id: randomUUID(), from: this.#host?.name });
  }

  #open(header: StreamHeader): void {
    if (!this.#awaitsHeader) {
      this.#fail(streamError('bad-format', 'The stream is open already'));
      return;
    }
    this.#awaitsHeader = false;
    this.#headerSent = false;
    const error = this.#checkHeader(header);
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.#sendHeader();
    this.#transport.write(this.#features());
  }

  #checkHeader({ to, version }: StreamHeader): StreamError | undefined {
    const address = tryParseJid(to);
    if (address?.isBare !== true || address.local !== undefined) return streamError('improper-addressing');
    const host = this.#services.host(address.domain);
    if (host?.accounts === undefined) return streamError('host-unknown');
    // Whatever was negotiated was negotiated with the first host named: it must not carry over to another.
    if (this.#host !== undefined && this.#host !== host) return streamError('not-authorized');
    this.#host = host;
    if (!/^[1-9][0-9]*\.[0-9]+$/.test(version ?? '')) return streamError('unsupported-version');
    return undefined;
  }

  #features(): string {
    switch (this.#phase) {
      case 'connecting':
        return featuresXml({ phase: 'connecting', startTls: this.#transport.canStartTls });
      case 'secured':
        return featuresXml({
          phase: 'secured',
          mechanisms: this.#host?.accounts?.mechanisms(this.#transport) ?? [],
          bindings: [...this.#transport.bindings.keys()],
        });
      default:
        return featuresXml({ phase: 'authenticated', more: this.#host?.streamFeatures.all() ?? [] });
    }
  }

  #element(element: Element): void | Promise<void> {
    if (this.#awaitsHeader) {
      this.#fail(streamError('bad-format', 'The stream is not open'));
      return;
    }
    switch (attribute(element, 'xmlns')) {
      case NS.client:
        if (stanzaNames.includes(element.name)) {
          this.#stanza(element);
          return;
        }
        break;
      case NS.tls:
        if (element.name === 'starttls') {
          this.#startTls();
          return;
        }
        break;
      case NS.sasl:
        return this.#authenticate(element);
      case NS.streamManagement: {
        this.#manage(element);
        return;
      }
      case NS.streams:
        if (element.name === 'error') {
          this.#fail(undefined);
          return;
        }
        break;
      default:
        if (stanzaNames.includes(element.name)) {
          this.#fail(streamError('invalid-namespace'));
          return;
        }
        if (this.#session !== undefined && this.#isHeeded(this.#session, element)) return;
    }
    this.#fail(streamError('unsupported-stanza-type'));
  }

  /** Whether a module knows what is meant. */
  #isHeeded(session: Session, element: Element): boolean {
    return this.#host?.hooks.emit('stream-element', { session, element }) === true;
  }

  #startTls(): void {
    if (!this.#transport.canStartTls) {
      this.#transport.write(`<failure xmlns="${NS.tls}"/>`);
      this.#fail(undefined);
      return;
    }
    this.#transport.startTls();
    this.#phase = advance(this.#phase, 'secured');
    this.#awaitsHeader = true;
  }

  async #authenticate(element: Element): Promise<void> {
    const host = this.#host;
    if (this.#phase === 'connecting') {
      this.#transport.write(`<failure xmlns="${NS.sasl}"><encryption-required/></failure>`);
      return;
    }
    if (this.#phase !== 'secured' || host?.accounts === undefined) {
      this.#fail(streamError('not-authorized', 'Authenticated already'));
      return;
    }
    this.#sasl ??= new SaslNegotiation({
      host: host.name,
      accounts: host.accounts,
      context: {
        confidential: this.#transport.confidential,
        bindings: this.#transport.bindings,
        parameters: this.#transport.parameters,
        previousUsername: this.#previousUsername(host),
      },
      address: this.#transport.address,
      throttle: this.#services.throttle,
      attempts: this.#services.limits.loginAttempts,
    });
    const result = await this.#sasl.handle(element);
    if (this.#isClosed()) return;
    this.#transport.write(result.reply);
    if (result.kind === 'success') this.#authenticated(host, result.username);
    if (result.kind !== 'failure') return;
    this.#log.info({ host: host.name, condition: result.condition }, 'authentication failed');
    if (result.final) this.#fail(streamError('policy-violation', 'Too many attempts to log in'));
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** A guest that names a session it had gets the name it had (the id is a secret). */
  #previousUsername(host: LocalHost): string | undefined {
    const id = this.#transport.parameters.previousSession;
    const previous = id === undefined ? undefined : this.#services.sessions.ownerOf(id);
    return previous?.anonymous === true && previous.jid.domain === host.name ? previous.jid.local : undefined;
  }

  #authenticated(host: LocalHost, username: string): void {
    this.#account = makeJid(username, host.name);
    this.#phase = advance(this.#phase, 'authenticated');
    this.#awaitsHeader = true;
    this.#sasl = undefined;
    const { limits } = this.#services;
    this.#transport.restart();
    this.#transport.admit(limits.authenticated, host.trusted ? undefined : limits.rate);
    this.#log = this.#log.child({ account: this.#account });
  }

  #stanza(stanza: Element): void {
    const session = this.#session;
    if (session !== undefined) {
      this.#pass(session, stanza);
      return;
    }
    const payload = firstChild(stanza);
    const binds = stanza.name === 'iq' && payload?.name === 'bind' && attribute(payload, 'xmlns') === NS.bind;
    if (
      this.#phase !== 'authenticated' ||
      !binds ||
      this.#account === undefined ||
      this.#host === undefined
    ) {
      this.#fail(streamError('not-authorized'));
      return;
    }
    const { reply, session: bound } = bindResource(
      this.#services,
      this.#account,
      this.#host,
      this,
      this.#transport.address,
      stanza,
    );
    this.#transport.write(reply);
    if (bound === undefined) return;
    this.#attach(bound, 'bound');
    this.#log.info({ session: bound.jid, transport: this.#transport.kind }, 'session bound');
    this.#host.hooks.emit('session-bound', bound);
  }

  #attach(session: Session, how: 'bound' | 'resumed'): void {
    this.#session = session;
    this.#phase = advance(this.#phase, how);
    clearTimeout(this.#login);
    this.#liveness = setInterval(() => this.#checkLiveness(), this.#services.limits.idleTimeout / 2);
    this.#liveness.unref();
  }

  #pass(session: Session, stanza: Element): void {
    const from = attribute(stanza, 'from');
    if (from !== undefined) {
      const claimed = tryParseJid(from);
      if (claimed?.equals(session.jid) !== true && claimed?.equals(session.jid.bare) !== true) {
        this.#fail(streamError('invalid-from'));
        return;
      }
    }
    stanza.attrs['from'] = session.jid.toString();
    session.countHandled();
    this.#services.stanzas.accept(session, stanza);
  }

  #manage(element: Element): void {
    const reply: ManagementReply = handleManagement(element, {
      services: this.#services,
      session: this.#session,
      account: this.#phase === 'authenticated' ? this.#account : undefined,
      stream: this,
    });
    if (reply.acknowledged === true) this.#awaitsAck = false;
    if (reply.enabled === true) this.#acksFrom = Date.now() + this.#services.limits.ackDelay;
    if (reply.error !== undefined) {
      this.#fail(reply.error);
      return;
    }
    if (reply.resumed !== undefined) {
      this.#attach(reply.resumed, 'resumed');
      this.#log.info({ session: reply.resumed.jid, transport: this.#transport.kind }, 'session resumed');
    }
    for (const xml of reply.xml) this.#transport.write(xml);
  }

  /** A peer that has been silent is provoked to answer; when it stays silent, its connection is as good as gone. */
  #checkLiveness(): void {
    const silent = Date.now() - this.#transport.lastReceived;
    const { idleTimeout } = this.#services.limits;
    if (silent < idleTimeout) return;
    const answers = this.#transport.kind === 'websocket' || this.#session?.managed === true;
    if (answers && silent >= idleTimeout * 2) {
      this.#transport.destroy();
      return;
    }
    if (this.#session?.managed === true) this.#transport.write(`<r xmlns="${NS.streamManagement}"/>`);
    else this.#transport.probe();
  }
}
