/**
 * A stream that another server has opened to ours (RFC 6120 s.4, XEP-0178, XEP-0220): TLS first, then proof of the domains that it
 * speaks for, by certificate or dialback; then their stanzas, and no others; and, where it asks for that, ours to them (XEP-0288).
 */
import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Element } from 'ltx';
import { attribute, el, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { TcpTransport } from '../listeners/tcp-transport.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, TransportSink } from '../stream/transport.js';
import { Acknowledgements } from './acknowledgements.js';
import {
  dialbackAnswer,
  domainName,
  readDialback,
  type DialbackElement,
  type DialbackVerdict,
} from './dialback.js';
import { judgeKey, refuseKey } from './dialback-verdict.js';
import { readExternal, refuseExternal, saslFailure } from './external.js';
import { pairKey } from './pair.js';
import type { Carrier } from './remote-link.js';
import type { S2sServices } from './s2s-services.js';
import { isCertifiedFor } from './s2s-tls.js';
import { admitStanza } from './stanzas.js';
import { agreeOnEnds, type StreamEnds } from './stream-ends.js';
import { bidi, bidiFeature, limitsFeature, managementFeature } from './stream-features.js';

type State =
  /** A header is to come: the first, or that after TLS or SASL. */
  | { readonly name: 'opening' }
  /** Nothing but STARTTLS is heard. */
  | { readonly name: 'plain' }
  | { readonly name: 'securing' }
  | { readonly name: 'secured'; readonly id: string; readonly external: boolean }
  | { readonly name: 'closed' };

export class IncomingStream implements TransportSink, Carrier {
  readonly #transport: TcpTransport;
  readonly #services: S2sServices;
  /** Until some domain pair is authorised. */
  readonly #patience: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  readonly #authorised = new Set<string>();
  /** Pairs that were asked for by dialback. */
  #asked = 0;
  #attempts = 0;
  readonly #acknowledgements: Acknowledgements;
  #both = false;
  /** To be called at the end: for each pair whose stanzas go this way. */
  readonly #carried: (() => void)[] = [];
  #ends: StreamEnds | undefined;
  #socket: TLSSocket | undefined;
  #state: State = { name: 'opening' };

  /** @param secured where TLS came first */
  constructor(transport: TcpTransport, services: S2sServices, secured?: TLSSocket) {
    this.#transport = transport;
    this.#services = services;
    this.#socket = secured;
    const { authTimeout, idleTimeout } = services.limits;
    this.#patience = setTimeout(() => this.end(streamError('connection-timeout')), authTimeout);
    this.#idle = setTimeout(() => this.end(undefined), idleTimeout);
    this.#acknowledgements = new Acknowledgements({
      limits: services.limits,
      write: (xml) => this.#transport.write(xml),
      overdue: () => this.end(streamError('connection-timeout')),
    });
    services.streams.add(this);
    transport.start(this);
  }

  opened(header: StreamHeader): void {
    const id = randomUUID();
    this.#transport.openStream({ id, from: domainName(header.to) });
    const ends = agreeOnEnds(header, this.#ends, this.#services);
    if ('condition' in ends) {
      this.#refuse(ends);
      return;
    }
    this.#ends = ends;
    if (this.#socket === undefined) {
      this.#state = { name: 'plain' };
      this.#features(el('starttls', { xmlns: NS.tls }, el('required')));
    } else this.#offer(id, ends, this.#socket);
  }

  element(element: Element): void {
    try {
      this.#element(element);
    } catch (error) {
      this.#services.log.error({ err: error }, 'a stream failed');
      this.end(streamError('internal-server-error'));
    }
  }

  closed(): void {
    this.end(undefined);
  }

  failed(error: StreamError): void {
    if (this.#state.name === 'opening') this.#transport.openStream({ id: randomUUID(), from: undefined });
    this.#refuse(error);
  }

  gone(): void {
    this.#release();
  }

  flushing(): void {
    this.#acknowledgements.flushing();
  }

  send(event: StanzaEvent, xml: string): StanzaError | undefined {
    this.#idle.refresh();
    this.#acknowledgements.sent(event, xml);
    this.#transport.write(xml);
    return undefined;
  }

  end(error: StreamError | undefined): void {
    const { name } = this.#state;
    if (name === 'closed') return;
    this.#release();
    if (name === 'securing') {
      this.#transport.destroy();
      return;
    }
    if (error !== undefined) this.#transport.write(streamErrorXml(error));
    this.#transport.close();
  }

  #refuse(error: StreamError): void {
    const { condition, text } = error;
    this.#services.log.info({ condition, text, ...this.#ends }, 'refused a remote server');
    this.end(error);
  }

  #release(): void {
    this.#state = { name: 'closed' };
    clearTimeout(this.#patience);
    clearTimeout(this.#idle);
    this.#services.streams.delete(this);
    for (const ended of this.#carried.splice(0)) ended();
    const lost = this.#acknowledgements.end();
    for (const event of lost) this.#services.bounce(event, stanzaError('remote-server-timeout'));
  }

  #offer(id: string, { ours, remote }: StreamEnds, socket: TLSSocket): void {
    const authenticated = this.#authorised.size > 0;
    const external = !authenticated && remote !== undefined && isCertifiedFor(socket, remote);
    const { dialback } = this.#services;
    this.#state = { name: 'secured', id, external };
    if (!authenticated && !external && dialback === undefined) {
      this.#refuse(streamError('not-authorized', `No certificate that is valid for ${remote ?? 'a domain'}`));
      return;
    }
    this.#services.log.debug({ ours, remote, external }, 'a remote server has connected');
    this.#features(
      external ? el('mechanisms', { xmlns: NS.sasl }, el('mechanism', {}, 'EXTERNAL')) : undefined,
      dialback === undefined
        ? undefined
        : el('dialback', { xmlns: 'urn:xmpp:features:dialback' }, el('errors')),
      authenticated ? undefined : bidiFeature(),
      authenticated || !external ? managementFeature() : undefined,
      limitsFeature(this.#services.limits),
    );
    if (authenticated && remote !== undefined) this.#carry(ours, remote);
  }

  #features(...features: readonly (Element | undefined)[]): void {
    const element = el('stream:features', { 'xmlns:stream': NS.streams }, ...features);
    this.#transport.write(element.toString());
  }

  #element(element: Element): void {
    if (element.name === 'error' && attribute(element, 'xmlns') === NS.streams) {
      this.end(undefined);
      return;
    }
    switch (this.#state.name) {
      case 'plain':
        this.#plain(element);
        return;
      case 'secured':
        this.#secured(element, this.#state);
        return;
      case 'opening':
      case 'securing':
      case 'closed':
        return;
    }
  }

  #plain(element: Element): void {
    if (element.name !== 'starttls' || attribute(element, 'xmlns') !== NS.tls) {
      this.#refuse(streamError('policy-violation', 'TLS is required'));
      return;
    }
    this.#state = { name: 'securing' };
    this.#transport.write(`<proceed xmlns="${NS.tls}"/>`);
    this.#transport
      .handshake((plain) => this.#services.tls.accept(plain))
      .then((socket) => {
        this.#socket = socket;
        if (this.#state.name === 'securing') this.#state = { name: 'opening' };
      })
      .catch((error: unknown) => {
        this.#services.log.info({ err: error }, 'the TLS handshake with a remote server failed');
        this.#release();
      });
  }

  #secured(element: Element, state: Extract<State, { name: 'secured' }>): void {
    switch (attribute(element, 'xmlns')) {
      case NS.client:
        this.#stanza(element);
        return;
      case NS.sasl:
        this.#external(element, state);
        return;
      case bidi.use:
        // Only before anything has been agreed on: later it would be unclear which stream stanzas are on.
        if (element.name === 'bidi' && this.#authorised.size === 0) this.#both = true;
        else this.#refuse(streamError('unsupported-stanza-type'));
        return;
      case NS.streamManagement: {
        const error = this.#acknowledgements.receive(element, this.#authorised.size > 0);
        if (error !== undefined) this.#refuse(error);
        return;
      }
      case NS.dialback: {
        const dialback = readDialback(element);
        if (dialback === undefined) this.#refuse(streamError('improper-addressing'));
        // An answer to a question that was never asked here must not authorise anything (CVE-2021-32919).
        else if (dialback.type !== undefined) this.#refuse(streamError('not-authorized'));
        else if (dialback.name === 'verify') this.#verify(dialback);
        else this.#dialback(dialback, state.id);
        return;
      }
      default:
        this.#refuse(streamError('unsupported-stanza-type'));
    }
  }

  #stanza(stanza: Element): void {
    this.#idle.refresh();
    this.#acknowledgements.handled();
    const error = admitStanza(stanza, this.#services, {
      authenticated: this.#authorised.size > 0,
      isAuthorised: (pair) => this.#authorised.has(pairKey(pair)),
    });
    if (error !== undefined) this.#refuse(error);
  }

  #external(element: Element, { external }: { readonly external: boolean }): void {
    const remote = this.#ends?.remote;
    const wanted = readExternal(element);
    if (wanted === undefined || remote === undefined || this.#ends === undefined) {
      this.#refuse(streamError('not-authorized'));
      return;
    }
    const failure = external ? refuseExternal(wanted, remote) : 'invalid-mechanism';
    if (failure !== undefined) {
      this.#transport.write(saslFailure(failure));
      if (++this.#attempts >= 3) this.#refuse(streamError('policy-violation', 'Too many attempts'));
      return;
    }
    this.#authorise(this.#ends.ours, remote, 'certificate');
    this.#transport.write(`<success xmlns="${NS.sasl}"/>`);
    this.#transport.restart();
    this.#state = { name: 'opening' };
  }

  #authorise(ours: string, remote: string, by: 'certificate' | 'dialback'): void {
    const pair = { ours, remote };
    this.#authorised.add(pairKey(pair));
    clearTimeout(this.#patience);
    this.#transport.admit(this.#services.limits.authenticated, this.#services.limits.rate);
    this.#services.log.info({ ours, remote, by }, 'a remote server is authenticated');
  }

  /** From now on our stanzas for the pair go this way, if no stream of our own takes them. */
  #carry(ours: string, remote: string): void {
    const ended = this.#both ? this.#services.carries({ ours, remote }, this) : undefined;
    if (ended !== undefined) this.#carried.push(ended);
  }

  /** The peer wants to speak for a domain, and gives the key that the server of that domain shall recognise. */
  #dialback(element: DialbackElement, streamId: string): void {
    const { from: remote, to: ours, key } = element;
    const { dialback, limits } = this.#services;
    if (dialback === undefined) {
      this.#refuse(streamError('not-authorized', 'Dialback is not in use'));
      return;
    }
    if (++this.#asked > limits.pairsPerStream) {
      this.#refuse(streamError('policy-violation', 'Too many domains on one stream'));
      return;
    }
    const answer = (verdict: DialbackVerdict): void =>
      this.#transport.write(dialbackAnswer('result', { from: ours, to: remote }, verdict));
    const refused = refuseKey(element, this.#services);
    if (refused !== undefined) {
      answer(refused);
      return;
    }
    const subject = { receiving: ours, originating: remote, streamId };
    void this.#services.verify(subject, key).then((verdict) => {
      // A stream that has gone or begun anew has another id, which this key is not for.
      if (this.#state.name !== 'secured' || this.#state.id !== streamId) return;
      if (verdict === 'valid') this.#authorise(ours, remote, 'dialback');
      answer(verdict);
      if (verdict === 'valid') this.#carry(ours, remote);
      if (verdict === 'invalid') this.#refuse(streamError('not-authorized', 'The dialback key is wrong'));
    });
  }

  /** Another server asks whether a key that it was given is ours. */
  #verify(element: DialbackElement): void {
    const { from: receiving, to: originating, id } = element;
    const verdict = judgeKey(element, this.#services);
    this.#transport.write(dialbackAnswer('verify', { from: originating, to: receiving, id }, verdict));
  }
}
