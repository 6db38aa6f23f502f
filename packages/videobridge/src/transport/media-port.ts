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
import { EndpointTransport, type TransportEvents, type TransportSettings } from './endpoint-transport.js';
import { type IceCredentials, newCredentials } from './ice/credentials.js';
import { ClientPaths, type UnknownChecks } from './ice/client-paths.js';
import { DEFAULT_ICE_RESTARTS, type IceRestartOptions } from './ice/ice-restarts.js';
import type { RestartContext } from './ice/transport-restarts.js';
import { countTransport, noTransportCounts } from './transport-counts.js';

export interface MediaPortOptions {
  /** UDP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; every address of the machine when absent. */
  readonly bindAddress?: string;
  readonly iceRestart?: IceRestartOptions;
}

export class MediaPort {
  readonly #transports = new Set<EndpointTransport>();
  /** How all of them have fared. */
  readonly counts = noTransportCounts();
  readonly #restarts: RestartContext;

  private constructor(
    readonly port: number,
    private readonly bindAddress: string | undefined,
    private readonly certificate: DtlsCertificate,
    listener: UnknownChecks,
    iceRestart: IceRestartOptions,
    private readonly log: Logger,
  ) {
    this.#restarts = {
      port,
      bindAddress,
      paths: new ClientPaths(port, bindAddress, listener, log),
      options: iceRestart,
      counts: this.counts.iceRestarts,
    };
  }

  /** Opens the port. Throws the system's error (such as EADDRINUSE) when it cannot be had. */
  static async open(options: MediaPortOptions, log: Logger): Promise<MediaPort> {
    const certificate = await createDtlsCertificate(new Date());
    const port = await probePort(options);
    const { bindAddress, iceRestart = DEFAULT_ICE_RESTARTS } = options;
    const listener = listen(port, bindAddress);
    return new MediaPort(port, bindAddress, certificate, listener, iceRestart, log);
  }

  /** SHA-256 fingerprint of the certificate that all transports use. */
  get fingerprint(): string {
    return this.certificate.fingerprint;
  }

  /** Begins the transport of one endpoint, with data channels or without; `name` appears in logs. */
  createTransport(name: string, dataChannels: boolean, events: TransportEvents): EndpointTransport {
    const channels = dataChannels ? 'awaited' : 'none';
    const credentials = newCredentials();
    const settings = { name, port: this.port, channels, credentials, restarts: this.#restarts } as const;
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

  /** Begins a transport that tries whether the port works; it is no endpoint's, and counts for none. */
  createProbe(events: TransportEvents): EndpointTransport {
    const settings = {
      name: 'probe',
      port: this.port,
      channels: 'none',
      credentials: newCredentials(),
    } as const;
    return this.#create(settings, events, undefined);
  }

  #create(
    settings: Pick<TransportSettings, 'name' | 'port' | 'channels' | 'credentials' | 'restarts'>,
    events: TransportEvents,
    peer: 'endpoints' | 'links' | undefined,
  ): EndpointTransport {
    const { certificatePem, keyPem } = this.certificate;
    let connected = false;
    const transport = new EndpointTransport(
      { ...settings, bindAddress: this.bindAddress, certificatePem, keyPem },
      {
        ...events,
        onState: (state) => {
          if (state === 'closed') this.#transports.delete(transport);
          // A client that is gone after it was connected is no failure of ICE or DTLS.
          if (peer !== undefined && !connected && (state === 'connected' || state === 'failed'))
            countTransport(this.counts, state, transport.ice, peer);
          connected ||= state === 'connected';
          events.onState(state);
        },
      },
      this.log,
    );
    this.#transports.add(transport);
    return transport;
  }

  /** Closes what is still open. The port is the process's until its end. */
  close(): void {
    for (const transport of [...this.#transports]) transport.close();
    this.#restarts.paths.close();
  }
}

const listeners = new Set<UnknownChecks>();

/**
 * Opens the port, and holds it open while there are no endpoints. A listener of the library's is never stopped nor collected: it
 * forgets at random to say that it has ended, and is called when it is freed memory.
 */
function listen(port: number, bindAddress: string | undefined): UnknownChecks {
  const listener = new nodeDataChannel.IceUdpMuxListener(port, bindAddress);
  listeners.add(listener);
  return listener;
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
