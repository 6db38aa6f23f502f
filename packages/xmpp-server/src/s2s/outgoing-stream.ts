/**
 * A stream that this server opens to another (RFC 6120 s.4, XEP-0178, XEP-0220): TLS, the other's certificate, proof of our own domain
 * by certificate or dialback; then stanzas, one way, or both ways with who has shown a certificate (XEP-0288). Or, instead of
 * stanzas, one question: whether a dialback key is the other's own.
 */
import type { TLSSocket } from 'node:tls';
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import {
  attribute,
  childElements,
  el,
  NS,
  stanzaError,
  type StanzaCondition,
  type StanzaError,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { TcpTransport } from '../listeners/tcp-transport.js';
import { streamError, streamErrorXml, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader, TransportSink } from '../stream/transport.js';
import { Acknowledgements } from './acknowledgements.js';
import { dialbackQuestion, domainName, readDialback, type DialbackVerdict } from './dialback.js';
import { externalRequest, offersExternal } from './external.js';
import type { DomainPair } from './pair.js';
import type { Carrier } from './remote-link.js';
import type { S2sServices } from './s2s-services.js';
import { isCertifiedFor } from './s2s-tls.js';
import { admitStanza } from './stanzas.js';
import { bidi, largestStanza, offers, unknownRequirement } from './stream-features.js';

/** What the stream is opened for. */
export type Purpose =
  | { readonly name: 'stanzas'; readonly ready: () => void }
  | {
      readonly name: 'verification';
      readonly streamId: string;
      readonly key: string;
      readonly verdict: (verdict: DialbackVerdict) => void;
    };

export interface OutgoingOptions {
  readonly pair: DomainPair;
  readonly purpose: Purpose;
  /** Where TLS came first. */
  readonly secured?: TLSSocket | undefined;
  /** Called once, at the end, with what those are told whose stanzas did not get through. */
  readonly ended: (condition: StanzaCondition) => void;
}

type Stage = 'plain' | 'secured' | 'authenticated';

type State =
  /** Our header is sent, the answer is to come; and then the features. */
  | { readonly name: 'opening'; readonly stage: Stage }
  | { readonly name: 'features'; readonly stage: Stage; readonly id: string }
  | { readonly name: 'proceeding' }
  | { readonly name: 'securing' }
  /** Proof of our domain is on its way; SASL can still be followed by dialback. */
  | { readonly name: 'external'; readonly id: string; readonly dialback: boolean }
  | { readonly name: 'dialback' }
  | { readonly name: 'verifying' }
  /** `both`: stanzas come as well as go. */
  | { readonly name: 'ready'; readonly both: boolean }
  | { readonly name: 'closed' };

export class OutgoingStream implements TransportSink, Carrier {
  readonly #transport: TcpTransport;
  readonly #services: S2sServices;
  readonly #options: OutgoingOptions;
  readonly #log: Logger;
  readonly #patience: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  readonly #acknowledgements: Acknowledgements;
  #mayBeManaged = false;
  #largestStanza = Infinity;
  #both = false;
  #socket: TLSSocket | undefined;
  #state: State = { name: 'opening', stage: 'plain' };

  constructor(transport: TcpTransport, services: S2sServices, options: OutgoingOptions) {
    this.#transport = transport;
    this.#services = services;
    this.#options = options;
    this.#log = services.log.child({ ...options.pair, purpose: options.purpose.name });
    const { authTimeout, idleTimeout } = services.limits;
    this.#patience = setTimeout(
      () => this.#end('remote-server-timeout', streamError('connection-timeout')),
      authTimeout,
    );
    this.#idle = setTimeout(() => this.end(undefined), idleTimeout);
    this.#acknowledgements = new Acknowledgements({
      limits: services.limits,
      write: (xml) => this.#transport.write(xml),
      overdue: () => this.#end('remote-server-timeout', streamError('connection-timeout')),
    });
    services.streams.add(this);
    transport.start(this);
    this.#socket = options.secured;
    this.#open(options.secured === undefined ? 'plain' : 'secured');
  }

  opened({ id, from, version }: StreamHeader): void {
    if (this.#state.name !== 'opening') return;
    const { stage } = this.#state;
    if (from !== undefined && domainName(from) !== this.#options.pair.remote) {
      this.#fail(`it answers as ${from}`, streamError('invalid-from'));
    } else if (version !== '1.0' || id === undefined || id === '') {
      this.#fail('it does not speak XMPP 1.0', streamError('unsupported-version'));
    } else this.#state = { name: 'features', stage, id };
  }

  element(element: Element): void {
    try {
      this.#element(element, attribute(element, 'xmlns'));
    } catch (error) {
      this.#log.error({ err: error }, 'a stream failed');
      this.end(streamError('internal-server-error'));
    }
  }

  closed(): void {
    this.end(undefined);
  }

  failed(error: StreamError): void {
    this.#fail(error.condition, error);
  }

  gone(): void {
    this.#release('remote-server-timeout');
  }

  flushing(): void {
    this.#acknowledgements.flushing();
  }

  /** Only once it is ready. */
  send(event: StanzaEvent, xml: string): StanzaError | undefined {
    if (this.#largestStanza < Infinity && Buffer.byteLength(xml) > this.#largestStanza) {
      return stanzaError('policy-violation', 'Larger than the other server takes');
    }
    this.#idle.refresh();
    this.#acknowledgements.sent(event, xml);
    this.#transport.write(xml);
    return undefined;
  }

  end(error: StreamError | undefined): void {
    this.#end('remote-server-timeout', error);
  }

  #end(condition: StanzaCondition, error: StreamError | undefined): void {
    const { name } = this.#state;
    if (name === 'closed') return;
    this.#release(condition);
    if (name === 'securing') {
      this.#transport.destroy();
      return;
    }
    if (error !== undefined) this.#transport.write(streamErrorXml(error));
    this.#transport.close();
  }

  #fail(reason: string, error?: StreamError): void {
    this.#log.info({ reason }, 'no stream to a remote server any more');
    this.#end('remote-server-not-found', error);
  }

  #release(condition: StanzaCondition): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed' };
    clearTimeout(this.#patience);
    clearTimeout(this.#idle);
    this.#services.streams.delete(this);
    this.#options.ended(condition);
    const lost = this.#acknowledgements.end();
    for (const event of lost) this.#services.bounce(event, stanzaError('remote-server-timeout'));
  }

  #open(stage: Stage): void {
    const { ours, remote } = this.#options.pair;
    this.#state = { name: 'opening', stage };
    this.#transport.openStream({ from: ours, to: remote });
  }

  #element(element: Element, namespace: string | undefined): void {
    if (element.name === 'error' && namespace === NS.streams) {
      this.#fail(`it ends the stream: ${childElements(element)[0]?.name ?? ''}`);
      return;
    }
    const state = this.#state;
    switch (state.name) {
      case 'features':
        if (element.name !== 'features' || namespace !== NS.streams) this.#fail('it offers no features');
        else this.#offered(element, state);
        return;
      case 'proceeding':
        if (element.name === 'proceed' && namespace === NS.tls) this.#secure();
        else this.#fail('it does not proceed with TLS');
        return;
      case 'external':
        if (namespace === NS.sasl && element.name === 'success') {
          this.#transport.restart();
          this.#open('authenticated');
        } else if (state.dialback) this.#dialback(state.id);
        else this.#fail('it does not accept our certificate');
        return;
      case 'dialback':
      case 'verifying':
        this.#answered(element, state.name);
        return;
      case 'ready':
        this.#spoken(element, namespace, state.both);
        return;
      case 'opening':
      case 'securing':
      case 'closed':
        return;
    }
  }

  #offered(features: Element, { stage, id }: Extract<State, { name: 'features' }>): void {
    this.#mayBeManaged = offers(features, 'sm', NS.streamManagement);
    this.#largestStanza = largestStanza(features) ?? this.#largestStanza;
    const requirement = unknownRequirement(features);
    if (requirement !== undefined) {
      this.#fail(`it requires ${requirement}`, streamError('unsupported-feature'));
    } else if (stage === 'plain') this.#startTls(features);
    else if (stage === 'authenticated') this.#ready();
    else this.#prove(features, id);
  }

  /** Without an agreement (XEP-0288) stanzas come on a stream of the other's own (RFC 6120 s.4.5). */
  #spoken(element: Element, namespace: string | undefined, both: boolean): void {
    const { ours, remote } = this.#options.pair;
    let error: StreamError | undefined;
    if (namespace === NS.streamManagement) error = this.#acknowledgements.receive(element, false);
    else if (both && namespace === NS.client) {
      this.#idle.refresh();
      this.#acknowledgements.handled();
      error = admitStanza(element, this.#services, {
        authenticated: true,
        isAuthorised: (pair) => pair.ours === ours && pair.remote === remote,
      });
    } else error = streamError('not-authorized');
    if (error !== undefined) this.#fail(`it speaks on our stream: ${error.condition}`, error);
  }

  #startTls(features: Element): void {
    if (features.getChild('starttls', NS.tls) === undefined) {
      this.#fail('it offers no TLS');
      return;
    }
    this.#state = { name: 'proceeding' };
    this.#transport.write(`<starttls xmlns="${NS.tls}"/>`);
  }

  #secure(): void {
    this.#state = { name: 'securing' };
    this.#transport
      .handshake((plain) => this.#services.tls.connect(plain, this.#options.pair.remote))
      .then((socket) => {
        if (this.#state.name !== 'securing') return;
        this.#socket = socket;
        this.#open('secured');
      })
      .catch((error: unknown) => {
        this.#log.info({ err: error }, 'the TLS handshake with a remote server failed');
        this.#release('remote-server-not-found');
      });
  }

  /** Over TLS: is it who we want, and can we show who we are? */
  #prove(features: Element, id: string): void {
    const { pair, purpose } = this.#options;
    // The question goes to whomever DNS names: that is all that dialback is (XEP-0220 s.1.2).
    if (purpose.name === 'verification') {
      this.#state = { name: 'verifying' };
      const addresses = { from: pair.ours, to: pair.remote, id: purpose.streamId };
      this.#transport.write(dialbackQuestion('verify', addresses, purpose.key));
      return;
    }
    const certified = this.#socket !== undefined && isCertifiedFor(this.#socket, pair.remote);
    const dialback =
      this.#services.dialback !== undefined &&
      features.getChild('dialback', 'urn:xmpp:features:dialback') !== undefined;
    // Whoever has shown no certificate has not said who it is: nothing is heard from it here.
    this.#both = certified && offers(features, 'bidi', bidi.feature);
    if (this.#both) this.#transport.write(el('bidi', { xmlns: bidi.use }).toString());
    if (certified && offersExternal(features)) {
      this.#state = { name: 'external', id, dialback };
      this.#transport.write(externalRequest(pair.ours));
    } else if (dialback) this.#dialback(id);
    else this.#fail(certified ? 'it does not accept our certificate' : 'its certificate is not valid');
  }

  #dialback(streamId: string): void {
    const { ours, remote } = this.#options.pair;
    const key = this.#services.dialback?.make({ receiving: remote, originating: ours, streamId }) ?? '';
    this.#state = { name: 'dialback' };
    this.#transport.write(dialbackQuestion('result', { from: ours, to: remote }, key));
  }

  /** Only the answer to what was asked, about the pair it was asked for, means anything (CVE-2021-32919). */
  #answered(element: Element, asked: 'dialback' | 'verifying'): void {
    const { pair, purpose } = this.#options;
    const answer = readDialback(element);
    const isOurs =
      answer?.type !== undefined &&
      answer.name === (asked === 'dialback' ? 'result' : 'verify') &&
      answer.from === pair.remote &&
      answer.to === pair.ours;
    if (!isOurs || (purpose.name === 'verification' && answer.id !== purpose.streamId)) {
      this.#fail('it answers what was not asked', streamError('not-authorized'));
    } else if (purpose.name === 'stanzas') {
      if (answer.type === 'valid') this.#ready();
      else this.#fail(`dialback: ${answer.type}`);
    } else {
      purpose.verdict(verdictOf(answer.type));
      this.end(undefined);
    }
  }

  #ready(): void {
    const { pair, purpose } = this.#options;
    if (purpose.name !== 'stanzas') return;
    this.#state = { name: 'ready', both: this.#both };
    clearTimeout(this.#patience);
    this.#transport.admit(this.#services.limits.authenticated, this.#services.limits.rate);
    this.#log.info({ ...pair, both: this.#both }, 'a stream to a remote server is ready');
    if (this.#mayBeManaged) this.#acknowledgements.enable();
    purpose.ready();
  }
}

function verdictOf(type: string): DialbackVerdict {
  return type === 'valid' || type === 'invalid' ? type : { error: 'remote-server-not-found' };
}
