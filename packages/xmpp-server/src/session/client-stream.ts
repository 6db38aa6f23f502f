/**
 * A client's stream (RFC 6120 s.4 to s.7): negotiates TLS, SASL and a resource or a resumption, then passes stanzas on. It is the
 * one place that knows what may be sent when; what each step does stands in the files beside.
 */
import { randomUUID } from 'node:crypto';
import { Element } from 'ltx';
import type { Logger } from 'pino';
import type { TokenIdentity } from '../accounts/token/identity.js';
import {
  attribute,
  errorReply,
  firstChild,
  isStanzaError,
  type Jid,
  makeJid,
  NS,
  resultReply,
  tryParseJid,
} from '@conclave/signaling';
import type { LocalHost } from '../host/local-host.js';
import { stanzaXml } from '../stream/serialize.js';
import type { ParserLimits } from '../stream/parser-limits.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, Transport, TransportSink } from '../stream/transport.js';
import { hashedTokenMechanisms } from '../accounts/sasl/hashed-token.js';
import { bindResource, type Binder } from './binding.js';
import type { ClientServices } from './client-services.js';
import { ClientLogin, type LoginInline } from './client-login.js';
import { featuresXml, inlineFeatures, limitsFeature } from './features.js';
import { Inbox } from './inbox.js';
import { advance, type Phase } from './phase.js';
import { sasl2Namespace, sasl2Profile, saslProfile, successXml, type SaslProfile } from './sasl-profile.js';
import { succeed } from './sasl2-success.js';
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
  #login: ClientLogin | undefined;
  /** Who the client says it is, before it logs in. */
  #claimedFrom: string | undefined;
  #account: Jid | undefined;
  #identity: TokenIdentity | undefined;
  #session: Session | undefined;
  #awaitsAck = false;
  /** When acknowledgements may first be asked for, in milliseconds since the epoch. */
  #acksFrom = 0;
  readonly #loginTimer: NodeJS.Timeout;
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
    this.#loginTimer = setTimeout(
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
    clearTimeout(this.#loginTimer);
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

  #checkHeader({ to, from, version }: StreamHeader): StreamError | undefined {
    const address = tryParseJid(to);
    if (address?.isBare !== true || address.local !== undefined) return streamError('improper-addressing');
    const host = this.#services.host(address.domain);
    if (host?.accounts === undefined) return streamError('host-unknown');
    // Whatever was negotiated was negotiated with the first host named: it must not carry over to another.
    if (this.#host !== undefined && this.#host !== host) return streamError('not-authorized');
    this.#host = host;
    this.#claimedFrom = from;
    if (!/^[1-9][0-9]*\.[0-9]+$/.test(version ?? '')) return streamError('unsupported-version');
    return undefined;
  }

  #features(): string {
    const { limits } = this.#services;
    switch (this.#phase) {
      case 'connecting':
        return featuresXml({ phase: 'connecting', startTls: this.#transport.canStartTls });
      case 'secured':
        return featuresXml({
          phase: 'secured',
          mechanisms: this.#host?.accounts?.mechanisms(this.#transport) ?? [],
          bindings: [...this.#transport.bindings.keys()],
          inline: this.#inlineFeatures(),
          more: [...(this.#host?.loginFeatures.all() ?? []), ...this.#limits(limits.unauthenticated)],
        });
      default:
        return featuresXml({
          phase: this.#phase === 'bound' ? 'bound' : 'authenticated',
          more: [...(this.#host?.streamFeatures.all() ?? []), ...this.#limits(limits.authenticated)],
        });
    }
  }

  /** What the server takes at most (XEP-0478); over BOSH the terms of the session say so (XEP-0124 s.7.2). */
  #limits({ stanzaBytes }: ParserLimits): readonly Element[] {
    return this.#transport.kind === 'bosh' ? [] : [limitsFeature(stanzaBytes)];
  }

  /** The service's own clients are known by the resource they ask for, which Bind 2 does not let them choose. */
  #inlineFeatures(): readonly Element[] | undefined {
    const host = this.#host;
    if (host?.trusted !== false) return undefined;
    const tokens = host.tokens === undefined ? [] : hashedTokenMechanisms(this.#transport);
    return inlineFeatures(host.bindFeatures.namespaces, tokens);
  }

  #element(element: Element): void | Promise<void> {
    if (this.#awaitsHeader) {
      this.#fail(streamError('bad-format', 'The stream is not open'));
      return;
    }
    switch (attribute(element, 'xmlns')) {
      case NS.client:
        if (stanzaNames.includes(element.name)) {
          return this.#stanza(element);
        }
        break;
      case NS.tls:
        if (element.name === 'starttls') {
          this.#startTls();
          return;
        }
        break;
      case NS.sasl:
        return this.#authenticate(element, saslProfile);
      case sasl2Namespace:
        if (this.#host?.trusted !== false) break;
        return this.#authenticate(element, sasl2Profile);
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

  async #authenticate(element: Element, profile: SaslProfile): Promise<void> {
    const host = this.#host;
    if (this.#phase === 'connecting') {
      this.#transport.write(profile.failure('encryption-required', undefined));
      return;
    }
    if (this.#phase !== 'secured' || host?.accounts === undefined) {
      this.#fail(streamError('not-authorized', 'Authenticated already'));
      return;
    }
    this.#login ??= new ClientLogin({
      host,
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
    const step = await this.#login.handle(element, profile);
    if (this.#isClosed()) return;
    switch (step.kind) {
      case 'going-on':
        this.#transport.write(step.reply);
        return;
      case 'failure':
        this.#transport.write(step.reply);
        this.#log.info({ host: host.name, condition: step.condition }, 'authentication failed');
        if (step.final) this.#fail(streamError('policy-violation', 'Too many attempts to log in'));
        return;
      case 'success': {
        const account = makeJid(step.outcome.username, host.name);
        const { data, identity } = step.outcome;
        this.#identity = identity;
        if (step.inline === undefined) this.#restart(host, account, data);
        else this.#goOn(host, account, data, step.inline);
      }
    }
  }

  /** After a login by RFC 6120 s.6.4.6 the client opens the stream anew. */
  #restart(host: LocalHost, account: Jid, data: Buffer | undefined): void {
    this.#transport.write(successXml(data));
    this.#authenticated(host, account);
    this.#awaitsHeader = true;
    this.#transport.restart();
  }

  /** After a login by XEP-0388 s.2.6 the stream goes on, and what was asked for with the login is done. */
  #goOn(host: LocalHost, account: Jid, data: Buffer | undefined, { request, token }: LoginInline): void {
    if (this.#claimedFrom !== undefined && tryParseJid(this.#claimedFrom)?.bare.equals(account) !== true) {
      this.#fail(streamError('invalid-from'));
      return;
    }
    this.#authenticated(host, account);
    const success = succeed(this.#binder(host, account), request, data, token);
    if ('error' in success) {
      this.#fail(success.error);
      return;
    }
    const { session } = success;
    this.#transport.write(success.xml);
    if (success.managed) this.#acksFrom = Date.now() + this.#services.limits.ackDelay;
    if (session !== undefined) this.#attach(session.of, session.how);
    this.#transport.write(this.#features());
    for (const xml of success.missed) this.#transport.write(xml);
    if (session?.how === 'bound') host.hooks.emit('session-bound', session.of);
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

  #authenticated(host: LocalHost, account: Jid): void {
    this.#account = account;
    this.#phase = advance(this.#phase, 'authenticated');
    this.#login = undefined;
    const { limits } = this.#services;
    this.#transport.admit(limits.authenticated, host.trusted ? undefined : limits.rate);
    this.#log = this.#log.child({ account });
  }

  #binder(host: LocalHost, account: Jid): Binder {
    const { address, parameters } = this.#transport;
    const identity = this.#identity;
    return { services: this.#services, account, host, stream: this, address, identity, parameters };
  }

  #stanza(stanza: Element): void | Promise<void> {
    const session = this.#session;
    if (session !== undefined) {
      this.#pass(session, stanza);
      return;
    }
    if (this.#phase === 'connecting' || this.#phase === 'secured') return this.#loginIq(stanza);
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
    const { reply, session: bound } = bindResource(this.#binder(this.#host, this.#account), stanza);
    this.#transport.write(reply);
    if (bound === undefined) return;
    this.#attach(bound, 'bound');
    this.#host.hooks.emit('session-bound', bound);
  }

  /** What a client that has not logged in asks the host, if there is anybody to answer. */
  async #loginIq(iq: Element): Promise<void> {
    const host = this.#host;
    const [type, to, payload] = [attribute(iq, 'type'), attribute(iq, 'to'), firstChild(iq)];
    const asks = iq.name === 'iq' && (type === 'get' || type === 'set') && (to ?? host?.name) === host?.name;
    const stream = this.#transport;
    const reply =
      asks && payload !== undefined ? host?.hooks.emit('login-iq', { type, payload, stream }) : undefined;
    if (reply === undefined) {
      this.#fail(streamError('not-authorized'));
      return;
    }
    const answer = await reply;
    if (this.#isClosed()) return;
    iq.attrs['to'] = host?.name;
    const stanza = isStanzaError(answer) ? errorReply(iq, answer) : resultReply(iq, answer);
    this.#transport.write(stanzaXml(stanza));
  }

  #attach(session: Session, how: 'bound' | 'resumed'): void {
    // A newer token takes the place of the older one where it admits to the same.
    if (how === 'resumed' && this.#identity?.room === session.identity?.room) {
      session.identity = this.#identity ?? session.identity;
    }
    this.#session = session;
    this.#phase = advance(this.#phase, how);
    this.#log.info({ session: session.jid, transport: this.#transport.kind }, `session ${how}`);
    clearTimeout(this.#loginTimer);
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
