/**
 * What agents of ours do for one endpoint's transport, whose datagrams a carrier takes to the library's: its ICE restarts, and the first
 * way to clients that the library does not understand.
 */
import { performance } from 'node:perf_hooks';

import type { IceTransport } from '@conclave/signaling';
import type { Logger } from 'pino';

import type { IceRestartCounts } from '../transport-counts.js';
import { Carrier } from './carrier.js';
import type { ClientPaths } from './client-paths.js';
import { type IceCredentials, newCredentials } from './credentials.js';
import { IceAgent } from './ice-agent.js';
import { type IceRestartOptions, type IceRestartOutcome, IceRestarts } from './ice-restarts.js';
import { type LibraryView, RefusedClient } from './refused-client.js';
import { canSharePorts } from './shared-port.js';
import type { StunAddress } from './stun.js';

/** What the transports of a media port share for their restarts. */
export interface RestartContext {
  readonly port: number;
  readonly bindAddress: string | undefined;
  readonly paths: ClientPaths;
  readonly options: IceRestartOptions;
  readonly counts: IceRestartCounts;
}

/** What restarts ask of their transport. */
export interface RestartableTransport extends LibraryView {
  /** The client has gone. */
  lost(): void;
}

export class TransportRestarts {
  readonly #restarts: IceRestarts<IceAgent>;
  readonly #refused: RefusedClient;
  #carrier: Carrier | undefined;
  /** The agent that carries the media; undefined: the library's. */
  #agent: IceAgent | undefined;

  constructor(
    private readonly local: IceCredentials,
    private readonly transport: RestartableTransport,
    private readonly context: RestartContext,
    private readonly log: Logger,
  ) {
    const { options, counts, paths } = context;
    const answering = {
      onBegun: () => this.#carry().prepare(),
      onConnected: (agent: IceAgent) => this.#takeOver(agent),
      onFailed: (agent: IceAgent) => {
        if (this.#agent === agent) transport.lost();
      },
      onData: (datagram: Buffer) => this.#carrier?.deliver(datagram),
    };
    this.#refused = new RefusedClient(local, transport, paths, answering, () => performance.now());
    const first = { credentials: local, close: () => this.#refused.close() };
    this.#restarts = new IceRestarts<IceAgent>(
      first,
      options,
      {
        get established() {
          return transport.established;
        },
        createAgent: () => this.#createAgent(),
        takeOver: (agent) => this.#takeOver(agent),
        lost: () => transport.lost(),
      },
      counts,
    );
  }

  get description(): IceCredentials & { readonly iceGeneration?: number } {
    return this.#restarts.description;
  }

  /** Where the client is since it has moved; undefined while the library knows. */
  get remote(): StunAddress | undefined {
    return this.#agent?.selected;
  }

  request(): IceRestartOutcome {
    return this.#restarts.request();
  }

  answered(remote: IceTransport): void {
    this.#restarts.answered(remote);
  }

  /** The library has found a way to the client. */
  found(): void {
    this.#refused.found();
  }

  /** The transport is established. */
  reached(): void {
    if (this.#agent === undefined) this.#refused.reached();
  }

  close(): void {
    this.#restarts.stop();
    this.#carrier?.close();
  }

  #createAgent(): IceAgent {
    if (!canSharePorts) throw new Error('the system does not let sockets share a port');
    const { paths } = this.context;
    const credentials = newCredentials();
    const agent = new IceAgent(
      credentials,
      {
        onConnected: () => {
          paths.forget(credentials.ufrag);
          this.#restarts.connected(agent);
        },
        onFailed: () => this.#restarts.failed(agent),
        onClosed: () => paths.forget(credentials.ufrag),
        onData: (datagram) => this.#carrier?.deliver(datagram),
      },
      () => performance.now(),
    );
    paths.expect(credentials.ufrag, agent);
    this.#carry().prepare();
    return agent;
  }

  #takeOver(agent: IceAgent): void {
    this.#agent = agent;
    this.#carry().switch();
    this.log.info({ client: agent.selected }, 'a client is reached by another path');
  }

  #carry(): Carrier {
    const { port, bindAddress } = this.context;
    const { local, transport } = this;
    const { remoteCredentials: remote } = transport;
    if (remote === undefined) throw new Error('a transport without credentials is not established');
    return (this.#carrier ??= new Carrier(
      { port, bindAddress, local, remote },
      (datagram) => this.#agent?.send(datagram),
      this.log,
    ));
  }
}
