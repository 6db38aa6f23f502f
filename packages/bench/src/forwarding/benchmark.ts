/**
 * What forwarding costs: CPU microseconds of the process for each packet that arrives at a receiver, how long packets take, and memory an
 * endpoint; beside a bare node-datachannel loop that does nothing else, and Debian's janus. All run in the same run, each with a load
 * generator of its own, and take turns, so that the machine's moods meet all of them.
 *
 * The load is that of browsers: cameras in three encodings of three temporal layers each (100, 200 and 300 packets of 1100 octets a second,
 * a frame at a time), Opus with audio levels, sender reports each second, keyframes when they are asked for, and transport-wide feedback
 * each 100 ms. Everybody sees one camera large and the others small. The same comes to all three: our bridge and janus are told what each
 * receiver wants and choose the encoding; the loop knows it by SSRC, rewrites nothing and answers nothing. What nobody watches has to be
 * received and decrypted by all, and is in their figures. Janus forwards no transport-wide numbers, and so is sent no feedback on them.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { median } from '../median.js';
import { Arrangement, type Round } from './arrangement.js';
import { makeNamespaces, onLoopback, type Places } from './namespaces.js';
import { GROWTH_HEADING, growthRow, HEADING, row } from './report.js';
import { mesh, type Scenario, scenarios } from './scenario.js';

/** Busy: percent of a core at which latency is looked at: conferences are added, then frames made larger, up to this. */
const DEFAULTS = { rounds: 5, seconds: 3, minutes: 15, busy: 70 };
/** Seconds that each forwards before a round counts: engines compile what they do often. */
const WARM_UP = 10;
const [MIN_FACTOR, MAX_FACTOR] = [1 / 3, 2];
const STEPS = 3;
/** On a busy machine a connection may fail. */
const ATTEMPTS = 2;
/** Endpoints of the conferences that show how cost grows. */
const GROWTH = [6, 10, 20, 40];

interface Session {
  readonly places: Places;
  readonly subjects: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  /** Share of a core. */
  readonly busy: number;
  readonly print: (line: string) => void;
}

/** Runs the benchmark; prints the report as it comes. @param only a part: a scenario such as `1to20`, `busy` or `growth` */
export async function forwarding(
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
  only?: string,
): Promise<void> {
  const parts = partsOf(only);
  if (parts.length === 0) {
    print(`There is no ${only ?? ''}; there is: ${[...Object.keys(scenarios), 'busy', 'growth'].join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const minutes = options.get('minutes') ?? DEFAULTS.minutes;
  const limit = setTimeout(() => {
    print(`stopped after ${minutes} minutes`);
    process.exit(1);
  }, minutes * 60_000);
  const places = makeNamespaces();
  const subjects = ['bare', 'bridge', ...(hasJanus(places, print) ? ['janus'] : [])];
  const { rounds, seconds, busy } = DEFAULTS;
  const session = {
    places: places ?? onLoopback,
    subjects,
    rounds: options.get('rounds') ?? rounds,
    seconds: options.get('seconds') ?? seconds,
    busy: (options.get('busy') ?? busy) / 100,
    print,
  };
  for (const part of parts) await part(session);
  clearTimeout(limit);
}

function partsOf(only: string | undefined): ((session: Session) => Promise<void>)[] {
  const shapes = Object.entries(scenarios);
  const chosen = shapes.filter(([key]) => only === undefined || key === only);
  return [
    ...chosen.map(
      ([, shape]) =>
        (session: Session) =>
          compare(shape, session),
    ),
    ...(only === undefined || only === 'busy'
      ? shapes.map(
          ([, shape]) =>
            (session: Session) =>
              compareBusy(shape, session),
        )
      : []),
    ...(only === undefined || only === 'growth' ? [grow] : []),
  ];
}

function hasJanus(places: Places | undefined, print: (line: string) => void): boolean {
  if (places === undefined) {
    print('without janus: network namespaces cannot be made here (only root can)');
    return false;
  }
  if (spawnSync('janus', ['--version'], { stdio: 'ignore' }).error === undefined) return true;
  print('without janus: it is not installed');
  return false;
}

/** Connects the clients of `scenario` to each of the subjects, one after the other: connecting costs much. */
async function arrange(
  scenario: Scenario,
  subjects: readonly string[],
  session: Session,
): Promise<Arrangement[]> {
  const arrangements: Arrangement[] = [];
  for (const name of subjects) {
    const arrangement = await connected(name, scenario, session);
    if (arrangement !== undefined) arrangements.push(arrangement);
  }
  return arrangements;
}

/** Undefined, and printed why: it was in vain. */
async function connected(
  name: string,
  scenario: Scenario,
  { places, print }: Session,
): Promise<Arrangement | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const arrangement = new Arrangement(name, scenario, places);
    try {
      await arrangement.connect();
      return arrangement;
    } catch (error) {
      arrangement.stop();
      print(`${scenario.name}, ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return undefined;
}

async function dismiss(arrangements: readonly Arrangement[]): Promise<void> {
  for (const arrangement of arrangements) arrangement.stop();
  await delay(200);
}

/** Lets all take turns; answers the rounds of each. */
async function takeTurns(
  arrangements: readonly Arrangement[],
  { rounds, seconds }: Session,
  factors: readonly number[] = [],
): Promise<Round[][]> {
  const results = arrangements.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, arrangement] of arrangements.entries()) {
      results[index]?.push(await arrangement.round(seconds, factors[index]));
    }
  }
  return results;
}

async function compare(scenario: Scenario, session: Session): Promise<void> {
  const arrangements = await arrange(scenario, session.subjects, session);
  for (const arrangement of arrangements) await arrangement.round(WARM_UP);
  const results = await takeTurns(arrangements, session);
  const bare = results[arrangements.findIndex(({ name }) => name === 'bare')] ?? [];
  const floor = median(bare.map(({ cost }) => cost));
  session.print(HEADING);
  for (const [index, arrangement] of arrangements.entries()) {
    session.print(row(scenario.name, arrangement.name, results[index] ?? [], floor, arrangement.memory));
  }
  await dismiss(arrangements);
}

/** The same with so much to do that most of a core is taken. Each subject gets the load that does that to it. */
async function compareBusy(scenario: Scenario, session: Session): Promise<void> {
  session.print(HEADING);
  let floor = NaN;
  for (const subject of session.subjects) {
    const conferences = await busyConferences(scenario, subject, session);
    const arrangements = await arrange({ ...scenario, conferences }, [subject], session);
    const [busy] = arrangements;
    if (busy === undefined) continue;
    let factor = 1;
    for (let step = 0; step < STEPS; step++) {
      const { load } = await busy.round(session.seconds, factor);
      factor = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, (factor * session.busy) / load));
    }
    const [rounds = []] = await takeTurns(arrangements, session, [factor]);
    if (subject === 'bare') floor = median(rounds.map(({ cost }) => cost));
    session.print(row(`${conferences} of ${scenario.name}`, subject, rounds, floor, busy.memory));
    await dismiss(arrangements);
  }
}

/** How many conferences make `subject` as busy as is wanted. */
async function busyConferences(scenario: Scenario, subject: string, session: Session): Promise<number> {
  const arrangements = await arrange(scenario, [subject], session);
  await arrangements[0]?.round(WARM_UP / 2);
  const one = await arrangements[0]?.round(session.seconds);
  await dismiss(arrangements);
  return one === undefined ? 1 : Math.max(1, Math.round(session.busy / one.load));
}

/** Whether the bridge's cost grows with what is forwarded, and with nothing else. */
async function grow(session: Session): Promise<void> {
  session.print(GROWTH_HEADING);
  let first: number | undefined;
  for (const endpoints of GROWTH) {
    const scenario = mesh(endpoints);
    const arrangements = await arrange(scenario, ['bridge'], session);
    const [bridge] = arrangements;
    if (bridge === undefined) continue;
    const idle = await bridge.idle(session.seconds);
    await bridge.round(WARM_UP);
    const [results = []] = await takeTurns(arrangements, session);
    const cost = median(results.map((round) => round.cost));
    first ??= cost;
    session.print(growthRow(scenario.name, results, first, idle));
    await dismiss(arrangements);
  }
}
