/**
 * ICE restarts of one transport, by make-before-break: a second agent with credentials of its own is tried while the first carries
 * the media, and takes over when it is connected. Each restart has a generation, which the client's answer repeats.
 */
import type { IceTransport } from '@conclave/signaling';

import type { IceRestartCounts } from '../transport-counts.js';
import type { IceCredentials } from './credentials.js';

export interface IceRestartOptions {
  readonly enabled: boolean;
  /** How long the former agent is kept after another has taken over, in ms. */
  readonly transitionWindow: number;
  /** How long a restart may take, in ms; none is begun unless it is positive. */
  readonly timeout: number;
}

export const DEFAULT_ICE_RESTARTS: IceRestartOptions = {
  enabled: true,
  transitionWindow: 3000,
  timeout: 20_000,
};

/** `kept`: there is nothing to restart yet. `unavailable`: there is to be no restart, and the client needs a new session. */
export type IceRestartOutcome = 'started' | 'kept' | 'unavailable';

/** An agent that may carry a transport. */
export interface TransportAgent {
  readonly credentials: IceCredentials;
  close(): void;
}

/** One that is tried. */
export interface RestartAgent extends TransportAgent {
  /** @param relays addresses (`host port`) of the client's relays */
  start(remote: IceCredentials, relays: readonly string[]): void;
}

export interface IceRestartHost<Agent extends RestartAgent> {
  /** Whether the present agent carries media. */
  readonly established: boolean;
  /** Makes an agent, which tells of itself by `taken` and `failed`. May throw. */
  createAgent(): Agent;
  /** The agent carries the media from now on. */
  takeOver(agent: Agent): void;
  /** The agent that carries the media has failed. */
  lost(): void;
}

interface Pending<Agent> {
  readonly agent: Agent;
  readonly generation: number;
  readonly timer: NodeJS.Timeout;
  checking: boolean;
}

export class IceRestarts<Agent extends RestartAgent> {
  #current: TransportAgent;
  #pending: Pending<Agent> | undefined;
  #generation = 0;
  /** Agents that have been replaced, until they are freed. */
  readonly #former = new Map<TransportAgent, NodeJS.Timeout>();
  #stopped = false;

  constructor(
    first: TransportAgent,
    private readonly options: IceRestartOptions,
    private readonly host: IceRestartHost<Agent>,
    private readonly counts: IceRestartCounts,
  ) {
    this.#current = first;
  }

  /** What the client is told: the agent that is tried, with its generation, or else the one that carries the media. */
  get description(): IceCredentials & { readonly iceGeneration?: number } {
    if (this.#pending === undefined) return this.#current.credentials;
    const { agent, generation } = this.#pending;
    return { ...agent.credentials, iceGeneration: generation };
  }

  /** Signalling asks for a restart. */
  request(): IceRestartOutcome {
    const { counts, host, options } = this;
    if (this.#stopped || !options.enabled || options.timeout <= 0) {
      counts.rejected += 1;
      return 'unavailable';
    }
    if (!host.established) {
      counts.notEstablished += 1;
      return 'kept';
    }
    if (this.#pending?.checking === false) return 'started';
    let agent: Agent;
    try {
      agent = host.createAgent();
    } catch {
      counts.agentCreationFailed += 1;
      return 'unavailable';
    }
    if (this.#pending !== undefined) counts.superseded += 1;
    this.#abandon();
    this.#generation += 1;
    const timer = setTimeout(() => this.failed(agent), options.timeout);
    this.#pending = { agent, generation: this.#generation, timer, checking: false };
    counts.started += 1;
    return 'started';
  }

  /** Takes what the client answers. What does not repeat the generation is about another agent; a second answer changes nothing. */
  answered({ ufrag, pwd, iceGeneration, candidates }: IceTransport): void {
    const pending = this.#pending;
    if (pending === undefined || pending.checking || iceGeneration !== pending.generation) return;
    if (ufrag === undefined || pwd === undefined) return;
    pending.checking = true;
    const relays = candidates.filter(({ type }) => type === 'relay').map(({ ip, port }) => `${ip} ${port}`);
    pending.agent.start({ ufrag, pwd }, relays);
  }

  /** The agent has a way to the client. */
  connected(agent: Agent): void {
    if (this.#pending?.agent !== agent) return;
    clearTimeout(this.#pending.timer);
    this.#pending = undefined;
    const former = this.#current;
    this.#current = agent;
    this.counts.succeeded += 1;
    this.host.takeOver(agent);
    this.#former.set(
      former,
      setTimeout(() => {
        this.#former.delete(former);
        former.close();
      }, this.options.transitionWindow),
    );
  }

  /** The agent has no way to the client, or none any more. One that is only tried leaves everything as it was. */
  failed(agent: Agent): void {
    if (this.#pending?.agent === agent) {
      this.counts.failed += 1;
      this.#abandon();
    } else if (this.#current === agent) this.host.lost();
  }

  /** Frees all agents, and begins nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#abandon();
    for (const [agent, timer] of this.#former) {
      clearTimeout(timer);
      agent.close();
    }
    this.#former.clear();
    this.#current.close();
  }

  #abandon(): void {
    if (this.#pending === undefined) return;
    const { agent, timer } = this.#pending;
    this.#pending = undefined;
    clearTimeout(timer);
    agent.close();
  }
}
