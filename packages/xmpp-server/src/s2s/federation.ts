/** All that has to do with other servers: who may be spoken with, the links to them, and the streams that they open. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import {
  attribute,
  NS,
  stanzaError,
  tryParseJid,
  type Jid,
  type StanzaCondition,
  type StanzaError,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { TcpTransport } from '../listeners/tcp-transport.js';
import type { Certificate } from '../listeners/tls-context.js';
import type { RemoteServers } from '../routing/to-remote.js';
import type { StreamError } from '../stream/stream-error.js';
import { connectTo, Unreachable } from './connect.js';
import { DialbackKeys, domainName, type DialbackSubject, type DialbackVerdict } from './dialback.js';
import { IncomingStream } from './incoming-stream.js';
import { OutgoingStream, type Purpose } from './outgoing-stream.js';
import { pairKey, type DomainPair } from './pair.js';
import { RemoteLink, type Carrier } from './remote-link.js';
import { dnsResolver, type Resolver } from './resolver.js';
import { defaultS2sLimits, type S2sConfig, type S2sLimits } from './s2s-config.js';
import type { S2sServices } from './s2s-services.js';
import { S2sTls } from './s2s-tls.js';

export interface FederationOptions {
  readonly config: S2sConfig;
  readonly certificate: Certificate;
  readonly log: Logger;
  /** Our hosts that other servers may reach, and that may reach them. */
  readonly hosts: readonly string[];
  /** Whether a domain is served here, by a host or a component: nobody else may speak for it. */
  readonly isLocal: (domain: string) => boolean;
  readonly admit: (stanza: Element, from: Jid, to: Jid) => void;
  readonly bounce: (event: StanzaEvent, error: StanzaError) => void;
}

export class Federation implements RemoteServers {
  readonly limits: S2sLimits;
  readonly #options: FederationOptions;
  readonly #streams: S2sServices['streams'] = new Set();
  readonly #keys = new DialbackKeys();
  #allowed: ReadonlySet<string>;
  #usesDialback: boolean;
  readonly #resolve: Resolver;
  readonly #services: S2sServices;
  readonly #links = new Map<string, RemoteLink>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #sockets = new Set<Socket>();
  /** By remote domain, how many dialback keys are being verified. */
  readonly #verifications = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #tls: S2sTls;

  /** Throws when the allow list names what is no domain. */
  constructor(options: FederationOptions) {
    const { config, certificate, hosts } = options;
    const log = options.log.child({ streams: 's2s' });
    const federated = new Set(hosts);
    this.#options = options;
    this.limits = { ...defaultS2sLimits, ...config.limits };
    this.#allowed = new Set(config.allow.map(remoteDomain));
    this.#usesDialback = config.dialback === true;
    this.#resolve = config.resolve ?? dnsResolver();
    this.#tls = new S2sTls(certificate, config.authorities);
    const keys = (): DialbackKeys | undefined => (this.#usesDialback ? this.#keys : undefined);
    this.#services = {
      limits: this.limits,
      log,
      tls: this.#tls,
      get dialback() {
        return keys();
      },
      streams: this.#streams,
      federates: (ours) => federated.has(ours),
      permits: (remote) => this.#allowed.has(remote) && !options.isLocal(remote),
      verify: (subject, key) => this.#verify(subject, key),
      admit: options.admit,
      bounce: options.bounce,
      carries: (pair, carrier) => this.#carries(pair, carrier),
      reply: (stanza, pair) => this.#reply(stanza, pair),
    };
  }

  send(event: StanzaEvent): StanzaError | undefined {
    const pair = { ours: event.from.domain, remote: event.to.domain };
    const services = this.#services;
    if (!services.federates(pair.ours) || !services.permits(pair.remote)) return stanzaError('not-allowed');
    const link = this.#links.get(pairKey(pair)) ?? this.#open(pair);
    return link === undefined ? stanzaError('remote-server-timeout') : link.send(event);
  }

  /** A connection that another server has made. */
  accept(socket: Socket): void {
    const transport = new TcpTransport(socket, this.#transportOptions());
    new IncomingStream(transport, this.#services);
  }

  /** A connection that another server has made where TLS comes first (XEP-0368). */
  acceptDirectTls(socket: Socket): void {
    const patience = setTimeout(() => socket.destroy(), this.limits.authTimeout);
    this.#tls
      .accept(socket, 'direct')
      .then((secured) => {
        new IncomingStream(new TcpTransport(secured, this.#transportOptions()), this.#services, secured);
      })
      .catch((error: unknown) => {
        this.#services.log.info({ err: error }, 'the TLS handshake with a remote server failed');
        socket.destroy();
      })
      .finally(() => clearTimeout(patience));
  }

  /** Throws, with nothing changed, when the allow list names what is no domain. Streams that exist stay; who is not allowed any more is not heard on them. */
  reconfigure({ allow, dialback }: Pick<S2sConfig, 'allow' | 'dialback'>): void {
    this.#allowed = new Set(allow.map(remoteDomain));
    this.#usesDialback = dialback === true;
  }

  replaceCertificate(certificate: Certificate): void {
    this.#tls.replace(certificate);
  }

  /** Ends all streams. */
  end(error: StreamError): void {
    this.close();
    for (const stream of [...this.#streams]) stream.end(error);
  }

  get isEmpty(): boolean {
    return this.#sockets.size === 0;
  }

  /** Opens no more streams. */
  close(): void {
    this.#closing.abort();
    for (const retry of this.#retries) clearTimeout(retry);
  }

  /** Cuts the connections that are still open. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #transportOptions(): ConstructorParameters<typeof TcpTransport>[1] {
    const { unauthenticated: limits, rate, maxUnsentBytes, closeGrace } = this.limits;
    return { contentNamespace: NS.server, tls: undefined, limits, rate, maxUnsentBytes, closeGrace };
  }

  #open(pair: DomainPair): RemoteLink | undefined {
    if (this.#closing.signal.aborted) return undefined;
    const link = this.#newLink(pair);
    let carrier: Carrier | undefined;
    const ready = (stream: OutgoingStream): void => {
      carrier = stream;
      // The other server may have opened a stream for both ways meanwhile.
      if (!link.ready(stream)) stream.end(undefined);
    };
    const ended = (condition: StanzaCondition): void => this.#ended(pair, link, condition, carrier);
    void this.#connect(pair, ended, (stream) => ({ name: 'stanzas', ready: () => ready(stream()) }));
    return link;
  }

  #newLink(pair: DomainPair): RemoteLink {
    const link = new RemoteLink({ ...this.limits, bounce: this.#options.bounce });
    this.#links.set(pairKey(pair), link);
    return link;
  }

  #carries(pair: DomainPair, carrier: Carrier): (() => void) | undefined {
    if (this.#closing.signal.aborted) return undefined;
    const link = this.#links.get(pairKey(pair)) ?? this.#newLink(pair);
    if (!link.ready(carrier)) return undefined;
    return () => this.#ended(pair, link, 'remote-server-timeout', carrier);
  }

  #ended(pair: DomainPair, link: RemoteLink, condition: StanzaCondition, carrier: Carrier | undefined): void {
    const outcome = link.failed(condition, carrier);
    if (outcome === 'kept') return;
    const key = pairKey(pair);
    const forget = (): void => {
      if (this.#links.get(key) === link && link.hasFailed) this.#links.delete(key);
    };
    // A stream that has served is replaced when there is need of it; one that never stood must not be asked for in a row.
    if (outcome === 'lost' || this.#closing.signal.aborted) {
      forget();
      return;
    }
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      forget();
    }, this.limits.retryDelay);
    this.#retries.add(retry);
  }

  async #connect(
    pair: DomainPair,
    ended: (condition: StanzaCondition) => void,
    purpose: (stream: () => OutgoingStream) => Purpose,
  ): Promise<void> {
    try {
      const { signal } = this.#closing;
      const { connectTimeout: timeout } = this.limits;
      const options = { resolve: this.#resolve, timeout, tls: this.#tls, signal };
      const socket = await connectTo(pair.remote, options);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      const stream: OutgoingStream = new OutgoingStream(
        new TcpTransport(socket, this.#transportOptions()),
        this.#services,
        {
          pair,
          purpose: purpose(() => stream),
          secured: socket instanceof TLSSocket ? socket : undefined,
          ended,
        },
      );
      if (signal.aborted) stream.end(undefined);
    } catch (error) {
      this.#services.log.info({ err: error, ...pair }, 'no connection to a remote server');
      ended(error instanceof Unreachable ? error.condition : 'internal-server-error');
    }
  }

  async #verify(
    { originating, receiving, streamId }: DialbackSubject,
    key: string,
  ): Promise<DialbackVerdict> {
    const running = this.#verifications.get(originating) ?? 0;
    if (running >= this.limits.verifications) return { error: 'resource-constraint' };
    this.#verifications.set(originating, running + 1);
    const pair = { ours: receiving, remote: originating };
    const verdict = await new Promise<DialbackVerdict>((resolve) => {
      void this.#connect(
        pair,
        (error) => resolve({ error }),
        () => ({ name: 'verification', streamId, key, verdict: resolve }),
      );
    });
    const left = (this.#verifications.get(originating) ?? 1) - 1;
    if (left === 0) this.#verifications.delete(originating);
    else this.#verifications.set(originating, left);
    return verdict;
  }

  #reply(stanza: Element, { ours, remote }: DomainPair): void {
    const from = tryParseJid(ours);
    const to = tryParseJid(attribute(stanza, 'to'));
    if (from !== undefined && to?.domain === remote) this.send({ stanza, from, to, origin: undefined });
  }
}

function remoteDomain(name: string): string {
  const domain = domainName(name);
  if (domain === undefined) throw new Error(`${name} is no domain that one could allow`);
  return domain;
}
