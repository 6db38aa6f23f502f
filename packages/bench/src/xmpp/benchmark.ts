/**
 * What an XMPP server costs: CPU microseconds of its process for each thing it does, and memory for each client it holds. Ours, its peers
 * and the least that Node can do take turns in one run, so that the machine's moods meet all.
 */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../median.js';
import { Client } from './client.js';
import { startBare, startConclave } from './conclave.js';
import { Crowd, type CrowdSize } from './crowd.js';
import { startEjabberd } from './ejabberd.js';
import { cost, memorySlope, typical, type Cost } from './measurement.js';
import { startProsody } from './prosody.js';
import { heading, kernelLine, line, type Columns } from './report.js';
import { usernames, type Server } from './server.js';

const DEFAULTS = {
  rounds: 3,
  seconds: 0.7,
  connections: 400,
  rooms: 8,
  occupants: 25,
  logins: 200,
  hall: 500,
  idle: 2000,
  many: 200,
  minutes: 20,
};
type Settings = typeof DEFAULTS;

/** Logins before any counts: a server runs for weeks, and an engine that compiles what it does often needs thousands to come to that. */
const warmLogins = 3000;
/** Joins of the full room before any counts, and those that are measured. */
const warmJoins = 5;
const joins = 15;
const memorySteps = 5;
/** After connections were closed, until a server has come to rest, in ms. */
const rest = 500;

/** Names as they are given to `--only`. */
interface Scenario {
  readonly name: string;
  readonly title: string;
  /** At most, for ours. */
  readonly wanted?: number;
  /** What the least that Node can do cannot do. */
  readonly notBare?: boolean;
  /** Done before the first round, on each server; absent: a round that does not count. */
  readonly warm?: (crowd: Crowd) => Promise<unknown>;
  readonly measure: (crowd: Crowd) => Promise<Cost>;
}

async function loginCost(crowd: Crowd, count: number, mechanism: 'scram' | 'anonymous'): Promise<Cost> {
  let close = (): void => undefined;
  const result = await cost(crowd.server, async () => {
    close = await crowd.logIn(count, mechanism);
    return count;
  });
  close();
  await delay(rest);
  return result;
}

async function warmLogin(crowd: Crowd, count: number, mechanism: 'scram' | 'anonymous'): Promise<void> {
  for (let done = 0; done < warmLogins; done += count) (await crowd.logIn(count, mechanism))();
  await delay(rest);
}

function scenarios({ seconds, logins }: Settings): readonly Scenario[] {
  return [
    {
      name: 'burst',
      title: 'MUC delivery in bursts, µs',
      wanted: 3,
      measure: (crowd) => cost(crowd.server, () => crowd.burst(seconds)),
    },
    {
      name: 'pace',
      title: 'MUC delivery at a steady pace, µs',
      wanted: 14,
      // So slow a pace would take hours to show an engine what is done often.
      warm: (crowd) => crowd.burst(3 * seconds),
      measure: (crowd) => cost(crowd.server, () => crowd.pace(3 * seconds)),
    },
    {
      name: 'direct',
      title: 'direct message, µs',
      wanted: 9,
      measure: (crowd) => cost(crowd.server, () => crowd.direct(seconds)),
    },
    {
      name: 'ANONYMOUS',
      title: 'login, ANONYMOUS, µs',
      wanted: 400,
      warm: (crowd) => warmLogin(crowd, logins, 'anonymous'),
      measure: (crowd) => loginCost(crowd, logins, 'anonymous'),
    },
    {
      name: 'SCRAM',
      title: 'login, SCRAM-SHA-1, µs',
      wanted: 400,
      notBare: true,
      warm: (crowd) => warmLogin(crowd, logins, 'scram'),
      measure: (crowd) => loginCost(crowd, logins, 'scram'),
    },
  ];
}

/** Servers take turns; medians of the rounds. */
async function compare(
  crowds: readonly Crowd[],
  rounds: number,
  { measure, warm = measure }: Pick<Scenario, 'measure' | 'warm'>,
): Promise<readonly Cost[]> {
  const costs: Cost[][] = crowds.map(() => []);
  for (const crowd of crowds) await warm(crowd);
  for (let round = 0; round < rounds; round++) {
    for (const [index, crowd] of crowds.entries()) costs[index]?.push(await measure(crowd));
  }
  return costs.map(typical);
}

async function joinCosts(crowd: Crowd, hall: number): Promise<readonly Cost[]> {
  await crowd.grow(hall + 1);
  await crowd.fill(hall);
  const costs: Cost[] = [];
  for (let join = 0; join < warmJoins + joins; join++) {
    let leave = (): Promise<void> => Promise.resolve();
    const measured = await cost(crowd.server, async () => {
      leave = await crowd.joinHall(hall);
      return 1;
    });
    if (join >= warmJoins) costs.push(measured);
    await leave();
  }
  return costs;
}

async function registerAccounts(server: Server): Promise<void> {
  for (const username of usernames) {
    const client = await Client.connect(server);
    await client.register(username, username);
    client.close();
  }
}

/** Runs with servers of its own, which are gone when it is done. */
async function withCrowds<T>(
  starts: readonly (() => Promise<Server>)[],
  size: CrowdSize,
  run: (crowds: readonly Crowd[]) => Promise<T>,
): Promise<T> {
  const servers: Server[] = [];
  const crowds: Crowd[] = [];
  try {
    for (const start of starts) servers.push(await start());
    crowds.push(...servers.map((server) => new Crowd(server, size)));
    return await run(crowds);
  } finally {
    for (const crowd of crowds) crowd.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

class Benchmark {
  readonly #columns: Columns = ['conclave', 'prosody', 'ejabberd', 'bare'];

  constructor(
    private readonly settings: Settings,
    private readonly isAsked: (name: string) => boolean,
    private readonly print: (line: string) => void,
  ) {}

  async run(): Promise<void> {
    this.print(heading(this.#columns));
    await this.#work();
    await this.#growth();
    await this.#archive();
    await this.#memory();
  }

  get #size(): CrowdSize {
    const { connections, rooms, occupants } = this.settings;
    return { connections, rooms, occupants };
  }

  async #work(): Promise<void> {
    const { rounds, connections, hall } = this.settings;
    const asked = scenarios(this.settings).filter(({ name }) => this.isAsked(name));
    const asksJoin = this.isAsked('join');
    if (asked.length === 0 && !asksJoin) return;
    const starts = [() => startConclave('plain'), startProsody, startEjabberd, startBare];
    await withCrowds(starts, this.#size, async (crowds) => {
      for (const { server } of crowds.slice(1, 3)) await registerAccounts(server);
      for (const crowd of crowds) await crowd.grow(connections);
      for (const crowd of crowds) await crowd.enterRooms();
      for (const { title, wanted, notBare, ...scenario } of asked) {
        const costs = await compare(notBare === true ? crowds.slice(0, -1) : crowds, rounds, scenario);
        this.print(
          line(
            title,
            costs.map(({ time }) => time),
            wanted,
          ),
        );
        this.print(kernelLine(costs));
      }
      if (!asksJoin) return;
      const costs: Cost[] = [];
      for (const crowd of crowds.slice(0, -1)) costs.push(typical(await joinCosts(crowd, hall)));
      this.print(
        line(
          `one more in a room of ${hall}, µs`,
          costs.map(({ time }) => time),
        ),
      );
      this.print(kernelLine(costs));
    });
  }

  /** Whether what a delivery costs depends on what else there is. Ours only, against itself. */
  async #growth(): Promise<void> {
    if (!this.isAsked('growth')) return;
    const { rounds, seconds, many, rooms } = this.settings;
    const starts = [
      () => startConclave('plain'),
      () => startConclave('plain'),
      () => startConclave('sparse'),
    ];
    await withCrowds(starts, this.#size, async ([usual, crowded, sparse]) => {
      if (usual === undefined || crowded === undefined || sparse === undefined) return;
      const inMany = new Crowd(crowded.server, { ...this.#size, rooms: many });
      const all = [usual, inMany, sparse];
      for (const crowd of all) {
        await crowd.grow(this.settings.connections);
        await crowd.enterRooms();
      }
      const warm = (crowd: Crowd): Promise<unknown> => crowd.burst(3 * seconds);
      const measure = (crowd: Crowd): Promise<Cost> => cost(crowd.server, () => crowd.pace(3 * seconds));
      const [base, manyRooms, fewModules] = (await compare(all, rounds + 2, { measure, warm })).map(
        ({ time }) => time,
      );
      inMany.close();
      if (base === undefined || manyRooms === undefined || fewModules === undefined) return;
      const ratio = (value: number, to: number): string => (value / to).toFixed(2);
      this.print(
        `steady pace, ours: ${many} rooms ${manyRooms.toFixed(1)} µs, ${rooms} rooms ${base.toFixed(1)} µs: x${ratio(manyRooms, base)};` +
          ` without the modules that rooms can do without ${fewModules.toFixed(1)} µs: x${ratio(base, fewModules)} with all`,
      );
    });
  }

  /** Messages between accounts, kept for both: of peers, with their modules for that. */
  async #archive(): Promise<void> {
    if (!this.isAsked('archive')) return;
    const { rounds, seconds } = this.settings;
    const starts = [
      () => startConclave('archive'),
      () => startProsody('archive'),
      () => startEjabberd('archive'),
      () => startConclave('plain'),
    ];
    const size = { connections: usernames.length, rooms: 0, occupants: 0 };
    await withCrowds(starts, size, async (crowds) => {
      for (const { server } of crowds.slice(1, 3)) await registerAccounts(server);
      for (const crowd of crowds) await crowd.growAccounts();
      const measure = (crowd: Crowd): Promise<Cost> => cost(crowd.server, () => crowd.direct(seconds));
      const costs = (await compare(crowds, rounds, { measure })).map(({ time }) => time);
      this.print(line('message archived for both, µs', costs.slice(0, 3)));
      this.print(`  the same of ours without an archive: ${costs[3]?.toFixed(1) ?? ''} µs`);
    });
  }

  async #memory(): Promise<void> {
    if (!this.isAsked('memory')) return;
    const { idle } = this.settings;
    const slopeOf = (start: () => Promise<Server>): Promise<number> =>
      withCrowds([start], { ...this.#size, connections: idle }, async ([crowd]) =>
        crowd === undefined ? Number.NaN : memorySlope(crowd, idle, memorySteps),
      );
    const slopes: number[] = [];
    const own: number[] = [];
    for (let round = 0; round < this.settings.rounds; round++)
      own.push(await slopeOf(() => startConclave('plain')));
    slopes.push(median(own));
    // To ask a peer twice would take as long again, and what it answers is as steady as it is large.
    for (const start of [startProsody, startEjabberd, startBare]) slopes.push(await slopeOf(start));
    this.print(line('memory of an idle connection, KiB', slopes, 34));
    this.print(line('the same with TLS, KiB', [await slopeOf(() => startConclave('tls'))]));
  }
}

/**
 * Runs the benchmark; prints the report as it comes.
 * @param only names a part of it
 */
export async function xmpp(
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
  only = '',
): Promise<void> {
  const settings: Settings = { ...DEFAULTS, ...Object.fromEntries(options) };
  const { connections, rooms, occupants, rounds, minutes } = settings;
  // Whatever hangs, it ends, and what it has started with it.
  const end = setTimeout(() => {
    process.stderr.write(`xmpp: not done after ${minutes} minutes\n`);
    process.exit(1);
  }, minutes * 60_000);
  const started = performance.now();
  const load = (): string =>
    loadavg()
      .map((each) => each.toFixed(1))
      .join(' ');
  print(
    `xmpp: ${connections} connections, ${rooms} rooms of ${occupants}; CPU time, medians of ${rounds} rounds; load average ${load()}`,
  );
  await new Benchmark(settings, (name) => name.includes(only), print).run();
  const seconds = Math.round((performance.now() - started) / 1000);
  print(`done in ${seconds} s; load average ${load()}`);
  clearTimeout(end);
}
