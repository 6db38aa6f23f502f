/**
 * One XMPP entity assembled from xmpp.js: TCP, our STARTTLS, SCRAM, resource binding and stream management. It
 * negotiates a session when told to connect and reports what happens; when to connect is the business of connect.ts.
 */
import type { Socket } from 'node:net';
import { childElements, type Element, NS } from '@conclave/signaling';
import { Client } from '@xmpp/client-core';
import iqCaller from '@xmpp/iq/caller.js';
import middlewareOf, { type Middleware } from '@xmpp/middleware';
import resourceBinding from '@xmpp/resource-binding';
import sasl from '@xmpp/sasl';
import scramSha1 from '@xmpp/sasl-scram-sha-1';
import streamFeaturesOf from '@xmpp/stream-features';
import streamManagementOf, { type StreamManagement } from '@xmpp/stream-management';
import tcp from '@xmpp/tcp';
import SaslFactory from 'saslmechanisms';
import { isProceed, offersStartTls, secure, startTls, type TlsTrust } from './starttls.js';

export interface StreamOptions {
  /** Where the server listens: a name or an address. */
  readonly host: string;
  readonly port: number;
  /** The XMPP domain of our account, e.g. `auth.meet.example`. */
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly resource: string;
  readonly tls: TlsTrust;
  /** Whether a session may outlive its connection (XEP-0198), as by default; else it ends with it, which others see at once. */
  readonly resumes?: boolean;
}

/** Milliseconds that the server may take for one step, as long as stanzas do not flow yet. */
const stepTimeout = 5000;
/** A server that is silent so long is asked for a sign of life, and given up after as long again (milliseconds). */
const silence = 10_000;

class Entity extends Client {
  /** The xmpp.js default follows `see-other-host`; we stay where we were told to connect. */
  override _onStreamError(error: Element): void {
    const condition = childElements(error)[0]?.name ?? 'undefined-condition';
    this.emit('error', new Error(`the server closed the stream: ${condition}`));
  }
}

export interface Stream {
  readonly entity: Client;
  readonly management: StreamManagement;
  /** Opens a socket and a stream on it; what follows shows in the entity's events. */
  open(): Promise<void>;
  /** Ends whatever socket there is, at once. */
  destroy(): void;
}

function requireStartTls(
  middleware: Middleware,
  options: StreamOptions,
  keep: (socket: Socket) => void,
): void {
  const secured = new WeakSet<Socket>();
  middleware.use(async ({ stanza, entity }, next) => {
    const { socket } = entity;
    if (!stanza.is('features', NS.streams) || socket === null || secured.has(socket)) return next();
    if (!offersStartTls(stanza)) throw new Error('the server does not offer STARTTLS');
    if (!isProceed(await entity.sendReceive(startTls()))) throw new Error('the server refused STARTTLS');
    entity._detachSocket();
    const tlsSocket = await secure(socket, options.domain, options.tls);
    // xmpp.js decodes each chunk by itself: with the encoding set here no character is cut in two.
    tlsSocket.setEncoding('utf8');
    secured.add(tlsSocket);
    keep(tlsSocket);
    entity._attachSocket(tlsSocket);
    await entity.restart();
    return undefined;
  });
}

/**
 * Stanzas are counted from `<enabled/>` on (XEP-0198 s.4). xmpp.js begins a few microtasks later, when it may have counted
 * some that came in the same packet; a count that is wrong by one ends the stream. Here it begins at once and only grows.
 */
function countFromEnabled(entity: Client, management: StreamManagement): void {
  let inbound = 0;
  Object.defineProperty(management, 'inbound', {
    get: () => inbound,
    set: (count: number) => {
      inbound = Math.max(inbound, count);
    },
  });
  entity.on('nonza', (element: Element) => {
    if (element.is('enabled', NS.streamManagement)) inbound = 0;
  });
}

export function createStream(options: StreamOptions): Stream {
  const { username, password } = options;
  const authority = options.host.includes(':') ? `[${options.host}]` : options.host;
  const service = `xmpp://${authority}:${options.port}`;
  const entity = new Entity({ service, domain: options.domain });
  entity.timeout = stepTimeout;
  tcp({ entity });
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A socket that is being abandoned may still fail.
    socket.on('error', () => undefined);
  };

  // The order is that of negotiation: TLS, SASL, then resumption or binding.
  const middleware = middlewareOf({ entity });
  const streamFeatures = streamFeaturesOf({ middleware });
  const caller = iqCaller({ entity, middleware });
  requireStartTls(middleware, options, keep);
  const saslFactory = new SaslFactory();
  scramSha1(saslFactory);
  sasl({ streamFeatures, saslFactory }, (authenticate) =>
    authenticate({ username, password }, 'SCRAM-SHA-1'),
  );
  const management = streamManagementOf({ streamFeatures, entity, middleware });
  management.requestAckInterval = silence;
  management.timeout = silence;
  if (options.resumes === false) management.preferredMaximum = 0;
  countFromEnabled(entity, management);
  resourceBinding({ streamFeatures, iqCaller: caller }, options.resource);

  return {
    entity,
    management,
    async open() {
      const connecting = entity.connect(service);
      if (entity.socket !== null) keep(entity.socket);
      await connecting;
      await entity.open({ domain: options.domain });
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
