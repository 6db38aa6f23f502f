/**
 * What an XMPP server costs: CPU microseconds of its process for each thing it does, and memory for each client it holds. Ours and its
 * peers run in the same run and take turns, so that the machine's moods meet all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../median.js';
import { Client } from './client.js';
import { startConclave } from './conclave.js';
import { Crowd, type CrowdSize } from './crowd.js';
import { startEjabberd } from './ejabberd.js';
import { cpuTime, residentMemory } from './process-cost.js';
import { startProsody } from './prosody.js';
import { usernames, type Server } from './server.js';

const DEFAULTS = { rounds: 3, seconds: 1, connections: 400, rooms: 8, occupants: 25, logins: 200, hall: 500 };
/** Joins of the full room that are measured. */
const joins = 5;
const visits = 10;
const visitors = 10;
/** After connections were closed or opened, until a server has come to rest, in ms. */
const rest = 500;

interface Scenario {
  readonly name: string;
  readonly unit: string;
  /** At most, for ours. */
  readonly wanted: number | undefined;
  /** Measures once. */
  readonly measure: (crowd: Crowd) => Promise<number>;
}

/** CPU microseconds of the server for each unit of what is done. */
async function cost({ pid }: Server, act: () => Promise<number>): Promise<number> {
  const before = cpuTime(pid);
  const units = await act();
  return (cpuTime(pid) - before) / units;
}

async function loginCost(crowd: Crowd, count: number, mechanism: 'scram' | 'anonymous'): Promise<number> {
  let close = (): void => undefined;
  const result = await cost(crowd.server, async () => {
    close = await crowd.logIn(count, mechanism);
    return count;
  });
  close();
  await delay(rest);
  return result;
}

async function joinCost(crowd: Crowd, hall: number): Promise<number> {
  let leave = (): Promise<void> => Promise.resolve();
  const result = await cost(crowd.server, async () => {
    leave = await crowd.joinHall(hall);
    return 1;
  });
  await leave();
  return result;
}

/** KiB a connection. A few clients come and go first, so that what a server needs once does not count. */
async function memoryCost(crowd: Crowd, connections: number): Promise<number> {
  const { server } = crowd;
  for (let visit = 0; visit < visits; visit++) (await crowd.logIn(visitors, 'anonymous'))();
  await delay(rest);
  await server.collect();
  const before = residentMemory(server.pid);
  await crowd.grow(connections);
  await delay(rest);
  await server.collect();
  return (residentMemory(server.pid) - before) / connections;
}

/** Of ours only: to compare peers would be to compare what they make of OpenSSL. */
async function memoryWithTls(size: CrowdSize): Promise<number> {
  const server = await startConclave('tls');
  const crowd = new Crowd(server, size);
  try {
    return await memoryCost(crowd, size.connections);
  } finally {
    crowd.close();
    await server.stop();
  }
}

async function registerAccounts(server: Server): Promise<void> {
  for (const username of usernames) {
    const client = await Client.connect(server);
    await client.register(username, username);
    client.close();
  }
}

function line(name: string, unit: string, costs: readonly number[], wanted?: number): string {
  const [ours = Number.NaN, ...peers] = costs;
  const digits = ours < 100 ? 1 : 0;
  return [
    name.padEnd(34),
    ...costs.map((value) => value.toFixed(digits).padStart(10)),
    `  ${unit.padEnd(4)}`,
    ...peers.map((peer) => (peer / ours).toFixed(1).padStart(7)),
    wanted === undefined ? '' : `   ${wanted} (${ours <= wanted ? 'met' : 'not met'})`,
  ].join(' ');
}

/** Runs the benchmark; answers the report. `only` names scenarios by a part of their names. */
export async function xmpp(options: ReadonlyMap<string, number>, only = ''): Promise<string> {
  const setting = (name: keyof typeof DEFAULTS): number => options.get(name) ?? DEFAULTS[name];
  const [rounds, seconds, hall] = [setting('rounds'), setting('seconds'), setting('hall')];
  const [connections, rooms, occupants] = [setting('connections'), setting('rooms'), setting('occupants')];
  const logins = setting('logins');
  const scenarios: readonly Scenario[] = [
    {
      name: 'MUC delivery in bursts',
      unit: 'µs',
      wanted: 3,
      measure: (crowd) => cost(crowd.server, () => crowd.burst(seconds)),
    },
    {
      name: 'MUC delivery at a steady pace',
      unit: 'µs',
      wanted: 14,
      measure: (crowd) => cost(crowd.server, () => crowd.pace(2 * seconds)),
    },
    {
      name: 'direct message',
      unit: 'µs',
      wanted: 9,
      measure: (crowd) => cost(crowd.server, () => crowd.direct(seconds)),
    },
    {
      name: 'login, ANONYMOUS',
      unit: 'µs',
      wanted: 400,
      measure: (crowd) => loginCost(crowd, logins, 'anonymous'),
    },
    {
      name: 'login, SCRAM-SHA-1',
      unit: 'µs',
      wanted: 400,
      measure: (crowd) => loginCost(crowd, logins, 'scram'),
    },
  ];

  const servers = [await startConclave('plain'), await startProsody(), await startEjabberd()];
  const size = { connections, rooms, occupants };
  const crowds = servers.map((server) => new Crowd(server, size));
  try {
    const lines = [
      `xmpp: ${connections} connections, ${rooms} rooms of ${occupants}, the rest idle; medians of ${rounds} rounds`,
      [
        ''.padEnd(34),
        ...servers.map(({ name }) => name.padStart(10)),
        '      ',
        ...servers.slice(1).map(({ name }) => `x${name.slice(0, 6)}`.padStart(7)),
        '  wanted',
      ].join(' '),
    ];
    for (const server of servers.slice(1)) await registerAccounts(server);
    const memory: number[] = [];
    for (const crowd of crowds) memory.push(await memoryCost(crowd, connections));
    for (const crowd of crowds) await crowd.enterRooms();
    for (const { name, unit, wanted, measure } of scenarios.filter((each) => each.name.includes(only))) {
      const costs: number[][] = crowds.map(() => []);
      // A first time does not count: servers run for weeks, and some compile what they do often.
      for (const crowd of crowds) await measure(crowd);
      for (let round = 0; round < rounds; round++) {
        for (const [index, crowd] of crowds.entries()) costs[index]?.push(await measure(crowd));
      }
      lines.push(line(name, unit, costs.map(median), wanted));
    }
    lines.push(line('memory of an idle connection', 'KiB', memory, 34));
    lines.push(line('the same with TLS', 'KiB', [await memoryWithTls(size)]));
    if ('join'.includes(only)) {
      const costs: number[] = [];
      for (const crowd of crowds) {
        await crowd.grow(hall + 1);
        await crowd.fill(hall);
        const measured: number[] = [];
        for (let join = 0; join < joins; join++) measured.push(await joinCost(crowd, hall));
        costs.push(median(measured));
      }
      lines.push(line(`join of a room of ${hall}`, 'µs', costs));
    }
    return lines.join('\n');
  } finally {
    for (const crowd of crowds) crowd.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
}
