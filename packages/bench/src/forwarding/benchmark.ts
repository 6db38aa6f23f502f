/**
 * What forwarding costs: CPU microseconds of the process for each packet that arrives at a receiver, how long packets take, and memory an
 * endpoint; beside a bare node-datachannel loop that does nothing else, and Debian's janus. All run in the same run, each with a load
 * generator of its own, and take turns, so that the machine's moods meet all of them.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { median } from '../median.js';
import { Arrangement, type Round } from './arrangement.js';
import { makeNamespaces, onLoopback, type Places } from './namespaces.js';
import { type Scenario, scenarios } from './scenario.js';

const DEFAULTS = { rounds: 5, seconds: 3, minutes: 12 };

/** Runs the benchmark; prints the report as it comes. @param only a scenario, such as `1to20` */
export async function forwarding(
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
  only?: string,
): Promise<void> {
  const chosen = Object.entries(scenarios).filter(([key]) => only === undefined || key === only);
  if (chosen.length === 0) {
    print(`There is no ${only ?? ''}; there is: ${Object.keys(scenarios).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const minutes = options.get('minutes') ?? DEFAULTS.minutes;
  const limit = setTimeout(() => {
    print(`stopped after ${minutes} minutes`);
    process.exit(1);
  }, minutes * 60_000);
  const places = makeNamespaces();
  if (places === undefined) print('without janus: network namespaces cannot be made here (only root can)');
  const hasJanus =
    places !== undefined && spawnSync('janus', ['--version'], { stdio: 'ignore' }).error === undefined;
  if (places !== undefined && !hasJanus) print('without janus: it is not installed');
  const names = ['bare', 'bridge', ...(hasJanus ? ['janus'] : [])];
  print(HEADING);
  for (const [, scenario] of chosen) {
    const rate = options.get('rate') ?? scenario.rate;
    await compare({ ...scenario, rate }, names, places ?? onLoopback, options, print);
  }
  clearTimeout(limit);
}

const COLUMNS = ['µs', 'of bare', 'core %', 'median ms', 'p99 ms', 'KiB', 'arrived %'] as const;
const HEADING = ['scenario'.padEnd(20), 'subject'.padEnd(8), ...COLUMNS.map((name) => name.padStart(9))].join(
  ' ',
);

async function compare(
  scenario: Scenario,
  names: readonly string[],
  places: Places,
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
): Promise<void> {
  const rounds = options.get('rounds') ?? DEFAULTS.rounds;
  const seconds = options.get('seconds') ?? DEFAULTS.seconds;
  const arrangements: Arrangement[] = [];
  // One after the other: connecting costs much.
  for (const name of names) {
    const arrangement = new Arrangement(name, scenario, places);
    try {
      await arrangement.connect();
      arrangements.push(arrangement);
    } catch (error) {
      arrangement.stop();
      print(
        `${scenario.name.padEnd(20)} ${name.padEnd(8)} ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const results = arrangements.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, arrangement] of arrangements.entries()) {
      results[index]?.push(await arrangement.round(seconds));
    }
  }
  const floor = median((results[0] ?? []).map(({ cost }) => cost));
  for (const [index, { name, memory }] of arrangements.entries()) {
    print(row(scenario, name, results[index] ?? [], floor, memory));
  }
  for (const arrangement of arrangements) arrangement.stop();
  await delay(200);
}

function row(
  { name }: Scenario,
  subject: string,
  rounds: readonly Round[],
  floor: number,
  memory: number,
): string {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const quantile = (share: number) => (round: Round) =>
    round.latencies[Math.floor((round.latencies.length - 1) * share)] ?? NaN;
  const cost = middle((round) => round.cost);
  const values = [
    cost.toFixed(2),
    (cost / floor).toFixed(2),
    (100 * middle((round) => round.load)).toFixed(0),
    middle(quantile(0.5)).toFixed(2),
    middle(quantile(0.99)).toFixed(2),
    memory.toFixed(0),
    (100 * middle((round) => round.delivered)).toFixed(1),
  ];
  return [name.padEnd(20), subject.padEnd(8), ...values.map((value) => value.padStart(9))].join(' ');
}
