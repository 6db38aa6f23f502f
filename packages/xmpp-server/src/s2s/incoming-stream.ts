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
import { dialbackAnswer, domainName, readDialback, type DialbackElement } from './dialback.js';
import { readExternal, saslFailure } from './external.js';
import { pairKey } from './pair.js';
import type { Carrier } from './remote-link.js';
import type { S2sServices } from './s2s-services.js';
import { isCertifiedFor } from './s2s-tls.js';
import { admitStanza } from './stanzas.js';
import { bidi, bidiFeature, limitsFeature, managementFeature } from './stream-features.js';

/** What the peer has said that the stream is between; once said, it stays (CVE-2018-10847). */
interface Ends {
  readonly ours: string;
  /** A server may keep its name to itself until TLS is up. */
  readonly remote: string | undefined;
}

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
  #ends: Ends | undefined;
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
    const ours = domainName(header.to);
    this.#transport.openStream({ id, from: ours });
    const ends = this.#agree(header, ours);
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

  /** What the stream is between, if that may be and is what it was. */
  #agree({ from, version }: StreamHeader, ours: string | undefined): Ends | StreamError {
    if (version !== '1.0') return streamError('unsupported-version');
    if (ours === undefined) return streamError('improper-addressing');
    if (!this.#services.federates(ours)) return streamError('host-unknown');
    const remote = from === undefined ? this.#ends?.remote : domainName(from);
    if (from !== undefined) {
      if (remote === undefined) return streamError('improper-addressing');
      if (!this.#services.permits(remote)) return streamError('policy-violation', `${remote} is not welcome`);
    }
    const before = this.#ends;
    if (before !== undefined && (before.ours !== ours || (before.remote ?? remote) !== remote)) {
      return streamError('not-authorized', 'The stream was for other domains');
    }
    return { ours, remote };
  }

  #offer(id: string, { ours, remote }: Ends, socket: TLSSocket): void {
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
    const failure =
      !external || wanted.mechanism !== 'EXTERNAL'
        ? 'invalid-mechanism'
        : wanted.identity !== undefined && domainName(wanted.identity) !== remote
          ? 'invalid-authzid'
          : undefined;
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
  #dialback({ from: remote, to: ours, key }: DialbackElement, streamId: string): void {
    const { dialback, limits } = this.#services;
    if (dialback === undefined) {
      this.#refuse(streamError('not-authorized', 'Dialback is not in use'));
      return;
    }
    if (++this.#asked > limits.pairsPerStream) {
      this.#refuse(streamError('policy-violation', 'Too many domains on one stream'));
      return;
    }
    const addresses = { from: ours, to: remote };
    const answer = (verdict: Parameters<typeof dialbackAnswer>[2]): void =>
      this.#transport.write(dialbackAnswer('result', addresses, verdict));
    if (!this.#services.federates(ours)) answer({ error: 'item-not-found' });
    else if (!this.#services.permits(remote)) answer({ error: 'policy-violation' });
    else {
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
  }

  /** Another server asks whether a key that it was given is ours. */
  #verify({ from: receiving, to: originating, id, key }: DialbackElement): void {
    const { dialback } = this.#services;
    const answer = (verdict: Parameters<typeof dialbackAnswer>[2]): void =>
      this.#transport.write(dialbackAnswer('verify', { from: originating, to: receiving, id }, verdict));
    if (dialback === undefined || !this.#services.federates(originating)) answer({ error: 'item-not-found' });
    else if (!this.#services.permits(receiving) || id === undefined) answer({ error: 'policy-violation' });
    else answer(dialback.isMine({ receiving, originating, streamId: id }, key) ? 'valid' : 'invalid');
  }
}
