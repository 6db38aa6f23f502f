/**
 * The one UDP port of a bridge, shared by the transports of all its endpoints. The library assigns a datagram to a
 * transport by its source address, and an unknown address by the user name in its STUN request; whatever names no
 * transport is dropped there.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import nodeDataChannel from 'node-datachannel';
import type { Logger } from 'pino';

import { createDtlsCertificate, type DtlsCertificate } from './certificate.js';
import {
  EndpointTransport,
  type IceCredentials,
  newCredentials,
  type TransportEvents,
  type TransportSettings,
} from './endpoint-transport.js';
import { retire } from './library.js';
import { countTransport, noTransportCounts } from './transport-counts.js';

export interface MediaPortOptions {
  /** UDP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; every address of the machine when absent. */
  readonly bindAddress?: string;
}

export class MediaPort {
  readonly #transports = new Set<EndpointTransport>();
  /** How all of them have fared. */
  readonly counts = noTransportCounts();

  private constructor(
    readonly port: number,
    private readonly bindAddress: string | undefined,
    private readonly certificate: DtlsCertificate,
    /** Holds the port open while there are no endpoints. */
    private readonly listener: InstanceType<typeof nodeDataChannel.IceUdpMuxListener>,
    private readonly log: Logger,
  ) {}

  /** Opens the port. Throws the system's error (such as EADDRINUSE) when it cannot be had. */
  static async open(options: MediaPortOptions, log: Logger): Promise<MediaPort> {
    const certificate = await createDtlsCertificate(new Date());
    const port = await probePort(options);
    const listener = new nodeDataChannel.IceUdpMuxListener(port, options.bindAddress);
    return new MediaPort(port, options.bindAddress, certificate, listener, log);
  }

  /** SHA-256 fingerprint of the certificate that all transports use. */
  get fingerprint(): string {
    return this.certificate.fingerprint;
  }

  /** Begins the transport of one endpoint, with data channels or without; `name` appears in logs. */
  createTransport(name: string, dataChannels: boolean, events: TransportEvents): EndpointTransport {
    const channels = dataChannels ? 'awaited' : 'none';
    const settings = { name, port: this.port, channels, credentials: newCredentials() } as const;
    return this.#create(settings, events, 'endpoints');
  }

  /**
   * Begins a transport to another bridge. Who initiates sends from a port of its own, so that links of several conferences
   * between the same two bridges differ in their addresses, and opens the data channel.
   */
  createLink(
    name: string,
    initiates: boolean,
    credentials: IceCredentials,
    events: TransportEvents,
  ): EndpointTransport {
    return this.#create(
      {
        name,
        port: initiates ? undefined : this.port,
        channels: initiates ? 'opened' : 'awaited',
        credentials,
      },
      events,
      'links',
    );
  }

  #create(
    settings: Pick<TransportSettings, 'name' | 'port' | 'channels' | 'credentials'>,
    events: TransportEvents,
    peer: 'endpoints' | 'links',
  ): EndpointTransport {
    const { certificatePem, keyPem } = this.certificate;
    const transport = new EndpointTransport(
      { ...settings, bindAddress: this.bindAddress, certificatePem, keyPem },
      {
        ...events,
        onState: (state) => {
          if (state === 'closed') this.#transports.delete(transport);
          if (state === 'connected' || state === 'failed')
            countTransport(this.counts, state, transport.ice, peer);
          events.onState(state);
        },
      },
      this.log,
    );
    this.#transports.add(transport);
    return transport;
  }

  /** Closes what is still open, and the port. */
  close(): void {
    for (const transport of [...this.#transports]) transport.close();
    this.listener.stop();
    retire(this.listener);
  }
}

/** The library does not say why it cannot have a port, nor which free one it took: a plain socket does. */
async function probePort({ port, bindAddress }: MediaPortOptions): Promise<number> {
  if (bindAddress !== undefined) return bindOnce(port, bindAddress);
  try {
    return await bindOnce(port, '::');
  } catch (error) {
    // A machine without IPv6.
    if (error instanceof Error && 'code' in error && error.code === 'EAFNOSUPPORT')
      return bindOnce(port, '0.0.0.0');
    throw error;
  }
}

async function bindOnce(port: number, address: string): Promise<number> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind({ port, address });
  await once(socket, 'listening');
  const bound = socket.address().port;
  socket.close();
  await once(socket, 'close');
  return bound;
}
