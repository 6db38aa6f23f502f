/** Opens what the server listens on, and makes streams of what connects. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { NS } from '@conclave/signaling';
import type { XmppServerConfig } from './config.js';
import { AddressCap } from './listeners/address-cap.js';
import { BoshListener } from './listeners/bosh/bosh-listener.js';
import { TcpListener } from './listeners/tcp-listener.js';
import { TcpTransport } from './listeners/tcp-transport.js';
import { TlsContext, type Certificate } from './listeners/tls-context.js';
import { WebSocketListener } from './listeners/websocket-listener.js';
import type { ClientServices } from './session/client-services.js';
import { ClientStream } from './session/client-stream.js';
import type { Transport } from './stream/transport.js';
import { ComponentStream, type ComponentServices } from './session/component-stream.js';

const loopback = ['127.0.0.1', '::1'];

export interface Listeners {
  readonly ports: { readonly c2s: number; readonly component: number };
  readonly isEmpty: boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  handleBosh(request: IncomingMessage, response: ServerResponse): void;
  replaceCertificate(certificate: Certificate): void;
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
  const { maxUnsentBytes, closeGrace } = limits;
  const common = { limits: limits.unauthenticated, rate: limits.rate, maxUnsentBytes, closeGrace };

  const web = {
    ...common,
    allowedOrigins: config.websocket?.allowedOrigins,
    trustedProxies: config.websocket?.trustedProxies ?? loopback,
    cap,
    accept: (transport: Transport) => void clients.streams.add(new ClientStream(transport, clients)),
  };
  const webSockets = new WebSocketListener({ ...web, maxPayload: limits.authenticated.stanzaBytes });
  const bosh = new BoshListener({ ...web, bosh: limits.bosh });
  const c2s = await TcpListener.open({
    ...config.c2s,
    cap,
    log,
    accept: (socket) => {
      const transport = new TcpTransport(socket, { ...common, contentNamespace: NS.client, tls });
      clients.streams.add(new ClientStream(transport, clients));
    },
  });
  const component = await TcpListener.open({
    ...config.component,
    cap: new AddressCap(limits.connectionsPerAddress),
    log,
    accept: (socket) => {
      const options = { ...common, contentNamespace: NS.componentAccept, tls: undefined };
      components.streams.add(new ComponentStream(new TcpTransport(socket, options), components));
    },
  }).catch((error: unknown) => {
    c2s.close();
    throw error;
  });
  return {
    ports: { c2s: c2s.port, component: component.port },
    get isEmpty() {
      return c2s.isEmpty && component.isEmpty && webSockets.isEmpty && bosh.isEmpty;
    },
    handleUpgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head),
    handleBosh: (request, response) => bosh.handle(request, response),
    replaceCertificate: (certificate) => tls.replace(certificate),
    close: () => {
      c2s.close();
      component.close();
      webSockets.close();
      bosh.close();
    },
    destroy: () => {
      c2s.destroy();
      component.destroy();
      webSockets.destroy();
      bosh.destroy();
    },
  };
}
