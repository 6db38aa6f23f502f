/**
 * What forwarding costs: CPU microseconds of the bridge's process for each packet sent to a receiver, beside a bare
 * node-datachannel loop that does nothing else. Both run in the same run, each with a load generator of its own, and take turns, so that
 * the machine's moods meet both.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { median } from '../median.js';
import type { LoadCommand, LoadReply, Measurement, SubjectCommand, SubjectReply } from './messages.js';

const DEFAULTS = { rounds: 7, seconds: 3, receivers: 20, rate: 1200 };
/** After the load begins, before measuring, in ms. */
const WARM_UP = 500;

interface Round {
  /** CPU microseconds a forwarded packet. */
  readonly cost: number;
  readonly forwarded: number;
  readonly received: number;
}

/** A child process that is asked and answers. */
class Worker<Command extends object, Reply extends { readonly kind: string }> {
  readonly #child: ChildProcess;
  readonly #replies: Reply[] = [];
  #wake: () => void = () => undefined;

  constructor(file: string) {
    const profile = process.env['BENCH_CPU_PROF'];
    const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}/${file}`];
    this.#child = fork(new URL(file, import.meta.url), { execArgv });
    this.#child.on('message', (reply) => {
      this.#replies.push(reply as Reply);
      this.#wake();
    });
    this.#child.on('exit', (code) => {
      if (code !== 0 && code !== null) process.stderr.write(`${file} ended with ${code}\n`);
    });
  }

  tell(command: Command): void {
    this.#child.send(command);
  }

  async reply<Kind extends Reply['kind']>(kind: Kind): Promise<Extract<Reply, { kind: Kind }>> {
    for (;;) {
      const index = this.#replies.findIndex((reply) => reply.kind === kind);
      const [reply] = index < 0 ? [] : this.#replies.splice(index, 1);
      if (reply !== undefined) return reply as Extract<Reply, { kind: Kind }>;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** One process under test with its clients. */
class Arrangement {
  readonly #subject: Worker<SubjectCommand, SubjectReply>;
  readonly #load: Worker<LoadCommand, LoadReply>;

  constructor(file: string) {
    this.#subject = new Worker(file);
    this.#load = new Worker('./load-process.js');
  }

  async connect(receivers: number): Promise<void> {
    this.#subject.tell({ kind: 'offers', count: receivers + 1 });
    const { offers } = await this.#subject.reply('offers');
    this.#load.tell({ kind: 'offers', offers });
    const { answers } = await this.#load.reply('answers');
    this.#subject.tell({ kind: 'answers', answers });
    await Promise.all([this.#subject.reply('connected'), this.#load.reply('connected')]);
  }

  async round(rate: number, seconds: number): Promise<Round> {
    this.#load.tell({ kind: 'rate', rate });
    await delay(WARM_UP);
    const [before, receivedBefore] = [await this.#measure(), await this.#received()];
    await delay(seconds * 1000);
    const [after, receivedAfter] = [await this.#measure(), await this.#received()];
    this.#load.tell({ kind: 'rate', rate: 0 });
    await delay(WARM_UP / 5);
    const forwarded = after.forwarded - before.forwarded;
    return {
      cost: (after.cpu - before.cpu) / forwarded,
      forwarded,
      received: receivedAfter - receivedBefore,
    };
  }

  async #measure(): Promise<Measurement> {
    this.#subject.tell({ kind: 'measure' });
    return (await this.#subject.reply('measured')).measurement;
  }

  async #received(): Promise<number> {
    this.#load.tell({ kind: 'count' });
    return (await this.#load.reply('counted')).received;
  }

  stop(): void {
    this.#subject.tell({ kind: 'stop' });
    this.#load.tell({ kind: 'stop' });
  }
}

/** Runs the benchmark; prints the report as it comes. */
export async function forwarding(
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
): Promise<void> {
  const rounds = options.get('rounds') ?? DEFAULTS.rounds;
  const seconds = options.get('seconds') ?? DEFAULTS.seconds;
  const receivers = options.get('receivers') ?? DEFAULTS.receivers;
  const rate = options.get('rate') ?? DEFAULTS.rate;
  const bare = new Arrangement('./bare-process.js');
  const bridge = new Arrangement('./bridge-process.js');
  await Promise.all([bare.connect(receivers), bridge.connect(receivers)]);
  print(
    `forwarding: 1 sender at ${rate} packets/s of 1100 octets, ${receivers} receivers, ${rounds} rounds of ${seconds} s`,
  );
  print('round   bare µs   bridge µs   ratio   delivered (bare, bridge)');
  const costs: { bare: number; bridge: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const first = await bare.round(rate, seconds);
    const second = await bridge.round(rate, seconds);
    costs.push({ bare: first.cost, bridge: second.cost });
    const delivered = [first, second].map(({ received, forwarded }) =>
      ((100 * received) / forwarded).toFixed(1),
    );
    print(
      [
        String(round).padStart(5),
        first.cost.toFixed(2).padStart(9),
        second.cost.toFixed(2).padStart(11),
        (second.cost / first.cost).toFixed(2).padStart(7),
        `   ${delivered.join(' %, ')} %`,
      ].join(' '),
    );
  }
  bare.stop();
  bridge.stop();
  const [bareCost, bridgeCost] = [
    median(costs.map((cost) => cost.bare)),
    median(costs.map((cost) => cost.bridge)),
  ];
  const ratio = median(costs.map((cost) => cost.bridge / cost.bare));
  print(
    `median: bare ${bareCost.toFixed(2)} µs, bridge ${bridgeCost.toFixed(2)} µs a forwarded packet; ratio ${ratio.toFixed(2)}`,
  );
}
