/** Opens what the server listens on, and makes streams of what connects. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { NS } from '@conclave/signaling';
import type { XmppServerConfig } from './config.js';
import { AddressCap } from './listeners/address-cap.js';
import { BoshListener } from './listeners/bosh/bosh-listener.js';
import { TcpListener, type TcpListenerOptions } from './listeners/tcp-listener.js';
import { TcpTransport } from './listeners/tcp-transport.js';
import { TlsContext, type ClientTls } from './listeners/tls-context.js';
import { WebSocketListener } from './listeners/websocket-listener.js';
import type { ClientServices } from './session/client-services.js';
import { ClientStream } from './session/client-stream.js';
import type { Transport } from './stream/transport.js';
import { ComponentStream, type ComponentServices } from './session/component-stream.js';

const loopback = ['127.0.0.1', '::1'];

/** The ports the server listens on; undefined: it does not. */
export interface Ports {
  readonly c2s: number;
  readonly component: number;
  readonly directTls: number | undefined;
}

export interface Listeners {
  readonly ports: Ports;
  readonly isEmpty: boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  handleBosh(request: IncomingMessage, response: ServerResponse): void;
  /** The limits that it was opened with are others now. */
  limitsChanged(): void;
  replaceCertificate(certificate: ClientTls): void;
  /** Accepts no more connections. */
  close(): void;
  /** Cuts those that exist. */
  destroy(): void;
}

export async function openListeners(
  config: XmppServerConfig,
  clients: ClientServices,
  components: ComponentServices,
): Promise<Listeners> {
  const { limits, log } = clients;
  const tls = new TlsContext(config.tls);
  const cap = new AddressCap(limits.connectionsPerAddress);
  const componentCap = new AddressCap(limits.connectionsPerAddress);
  // Each connection is held to the limits of the moment at which it comes.
  const connection = () => {
    const { unauthenticated, rate, maxUnsentBytes, closeGrace } = limits;
    return { limits: unauthenticated, rate, maxUnsentBytes, closeGrace };
  };

  const accept = (transport: Transport): void =>
    void clients.streams.add(new ClientStream(transport, clients));
  const web = {
    connection,
    allowedOrigins: config.websocket?.allowedOrigins,
    trustedProxies: config.websocket?.trustedProxies ?? loopback,
    cap,
    accept,
  };
  const webSockets = new WebSocketListener({ ...web, maxPayload: () => limits.authenticated.stanzaBytes });
  const bosh = new BoshListener({ ...web, bosh: () => limits.bosh });
  const { unprotected = false } = config.c2s;
  if (unprotected && !loopback.includes(config.c2s.host)) {
    throw new Error(`clients at ${config.c2s.host} cannot be left without TLS`);
  }
  const client = () => ({ ...connection(), contentNamespace: NS.client, tls });
  const opened: TcpListener[] = [];
  const open = async (options: Pick<TcpListenerOptions, 'host' | 'port' | 'cap' | 'accept'>) => {
    const listener = await TcpListener.open({ ...options, log });
    opened.push(listener);
    return listener;
  };
  try {
    const c2s = await open({
      ...config.c2s,
      cap,
      accept: (socket) => accept(new TcpTransport(socket, { ...client(), unprotected })),
    });
    const directTls =
      config.directTls &&
      (await open({
        ...config.directTls,
        cap,
        accept: (socket) => accept(new TcpTransport(socket, { ...client(), directTls: true })),
      }));
    const component = await open({
      ...config.component,
      cap: componentCap,
      accept: (socket) => {
        const options = { ...connection(), contentNamespace: NS.componentAccept, tls: undefined };
        components.streams.add(new ComponentStream(new TcpTransport(socket, options), components));
      },
    });
    const all = [...opened, webSockets, bosh];
    return {
      ports: { c2s: c2s.port, component: component.port, directTls: directTls?.port },
      get isEmpty() {
        return all.every((listener) => listener.isEmpty);
      },
      handleUpgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head),
      handleBosh: (request, response) => bosh.handle(request, response),
      limitsChanged: () => {
        cap.max = limits.connectionsPerAddress;
        componentCap.max = limits.connectionsPerAddress;
      },
      replaceCertificate: (certificate) => tls.replace(certificate),
      close: () => {
        for (const listener of all) listener.close();
      },
      destroy: () => {
        for (const listener of all) listener.destroy();
      },
    };
  } catch (error) {
    for (const listener of opened) listener.close();
    throw error;
  }
}
