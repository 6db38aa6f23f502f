/** One process under test with its clients, and what a while of forwarding costs it. */
import { setTimeout as delay } from 'node:timers/promises';

import { cpuTime, residentMemory } from '../xmpp/process-cost.js';
import type { LoadCommand, LoadReply, SubjectCommand, SubjectReply } from './messages.js';
import type { Places } from './namespaces.js';
import type { Scenario } from './scenario.js';
import { Worker } from './worker.js';

/** Ms after the load begins, before measuring. */
const WARM_UP = 500;
/** Ms that all clients together may take to connect. */
const CONNECT_TIMEOUT = 120_000;

export interface Round {
  /** CPU microseconds a forwarded packet. */
  readonly cost: number;
  /** Share of a core. */
  readonly load: number;
  /** Of what was to arrive, how much did; 1: all. */
  readonly delivered: number;
  /** Ms from the sender to who sees or hears it, in order. */
  readonly latencies: readonly number[];
  /** Ms that packets took to which nobody did anything. */
  readonly control: readonly number[];
}

export class Arrangement {
  readonly #subject: Worker<SubjectCommand, SubjectReply>;
  readonly #load: Worker<LoadCommand, LoadReply>;
  #pid = 0;
  #before = 0;

  constructor(
    readonly name: string,
    private readonly scenario: Scenario,
    places: Places,
  ) {
    this.#subject = new Worker<SubjectCommand, SubjectReply>(
      `./${name}-process.js`,
      places.subject,
      (reply) => {
        if (reply.kind === 'load') this.#load.tell(reply.command);
        return reply.kind === 'load';
      },
    );
    this.#load = new Worker<LoadCommand, LoadReply>('./load-process.js', places.load, (reply) => {
      if (reply.kind === 'described') this.#subject.tell(reply);
      return reply.kind === 'described';
    });
  }

  /** Rejects when the clients do not get connected in time, or one of the processes ends. */
  async connect(): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([
        this.#connect(),
        delay(CONNECT_TIMEOUT, undefined, { signal: late.signal }).then(() => {
          throw new Error('the clients do not get connected');
        }),
      ]);
    } finally {
      late.abort();
    }
  }

  async #connect(): Promise<void> {
    this.#pid = (await this.#subject.reply('idle')).pid;
    await delay(WARM_UP);
    this.#before = residentMemory(this.#pid);
    this.#subject.tell({ kind: 'begin', scenario: this.scenario });
    await this.#subject.reply('ready');
    this.#load.tell({ kind: 'connect', scenario: this.scenario });
    await this.#load.reply('connected');
  }

  /** KiB an endpoint, more than before the first was there. */
  get memory(): number {
    const { endpoints, conferences } = this.scenario;
    return (residentMemory(this.#pid) - this.#before) / (endpoints * conferences);
  }

  /** Forwards for so long. @param factor how large the frames of cameras are; 1: as usual */
  async round(seconds: number, factor = 1): Promise<Round> {
    this.#load.tell({ kind: 'send', factor });
    await delay(WARM_UP);
    const before = await this.#count();
    const cpuBefore = cpuTime(this.#pid).total;
    await delay(seconds * 1000);
    const after = await this.#count();
    const cpu = cpuTime(this.#pid).total - cpuBefore;
    this.#load.tell({ kind: 'send', factor: 0 });
    await delay(WARM_UP / 5);
    const received = after.received - before.received;
    const ordered = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
    return {
      cost: cpu / received,
      load: cpu / (seconds * 1e6),
      delivered: received / (after.expected - before.expected),
      latencies: ordered(after.latencies),
      control: ordered(after.control),
    };
  }

  /** CPU microseconds a second and endpoint while nobody sends anything. */
  async idle(seconds: number): Promise<number> {
    const before = cpuTime(this.#pid).total;
    await delay(seconds * 1000);
    const { endpoints, conferences } = this.scenario;
    return (cpuTime(this.#pid).total - before) / (seconds * endpoints * conferences);
  }

  async #count(): Promise<Extract<LoadReply, { kind: 'counted' }>> {
    this.#load.tell({ kind: 'count' });
    return this.#load.reply('counted');
  }

  stop(): void {
    this.#subject.tell({ kind: 'stop' });
    this.#load.tell({ kind: 'stop' });
  }
}
