/**
 * Many participants in several rooms that come, go and change what they send while services are restarted. In the end all come to
 * rest, and what each was told of the others is compared with what they do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Difference, differencesIn } from './comparison.js';
import { cpuTime } from './cpu-time.js';
import { SwarmParticipant } from './participant.js';
import { Random } from './random.js';
import type { Service, Stage } from './stage.js';

export interface SwarmOptions {
  readonly seed: number;
  readonly participants: number;
  readonly rooms: number;
  /** Joins, leaves and changes of sources a second. */
  readonly rate: number;
  /** What is ended meanwhile, one after the other, and how; the time is divided among them. */
  readonly restarts: readonly (readonly [
    service: Exclude<Service, 'xmpp-server'>,
    how: 'killed' | 'stopped',
  ])[];
  /** Milliseconds from the last of the first joins until all come to rest. */
  readonly duration: number;
  readonly print: (line: string) => void;
}

/** Times in milliseconds. */
export interface SwarmReport {
  readonly joinsPerSecond: number;
  /** CPU time of each service for each of the first joins, with all that follows from it. */
  readonly cpuPerJoin: Readonly<Record<Service, number>>;
  /** The longest time from entering a room in which somebody is to the offer, while nothing is restarted. */
  readonly longestToOffer: number;
  /** From the end of a service until everybody who needs one has an offer again. */
  readonly recoveries: readonly { readonly service: string; readonly took: number }[];
  readonly acts: Readonly<Record<'join' | 'leave' | 'change', number>>;
  readonly differences: readonly Difference[];
}

/** Who stays in a room, so that it never ends: with less than two nobody is invited. */
const fewest = 3;
/** Logins and entries under way at the same time. */
const atOnce = 10;
/** Milliseconds for: entering a room, everybody's offer after a restart, coming to rest. */
const patience = { entry: 60_000, recovery: 40_000, rest: 30_000 };

export async function runSwarm(stage: Stage, options: SwarmOptions): Promise<SwarmReport> {
  const swarm = new Swarm(stage, options);
  try {
    return await swarm.run();
  } finally {
    await swarm.stop();
  }
}

class Swarm {
  private readonly random: Random;
  private readonly rooms: ReadonlyMap<string, SwarmParticipant[]>;
  private readonly entering = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly failures: Error[] = [];
  private readonly acts = { join: 0, leave: 0, change: 0 };

  constructor(
    private readonly stage: Stage,
    private readonly options: SwarmOptions,
  ) {
    this.random = new Random(options.seed);
    const names = Array.from({ length: options.rooms }, (_, i) => `swarm-${i}`);
    const { domain } = stage.instance;
    this.rooms = new Map(names.map((name) => [`${name}@conference.${domain}`, []]));
  }

  async run(): Promise<SwarmReport> {
    const { print } = this.options;
    const first = await this.fill();
    print(`all ${this.options.participants} are in: ${first.joinsPerSecond.toFixed(1)} joins/s`);
    const quiet = new AbortController();
    const acting = this.act(quiet.signal);
    const recoveries = await this.restart();
    quiet.abort();
    await acting;
    await Promise.all(this.underWay);
    const [failure] = this.failures;
    if (failure) throw failure;
    print('all acts are done; coming to rest');
    await this.until(() => this.differences().length === 0, patience.rest);
    // What is told now would be told too much.
    await delay(1_000);
    return { ...first, recoveries, acts: { ...this.acts }, differences: this.differences() };
  }

  async stop(): Promise<void> {
    await Promise.all(this.everybody().map((each) => each.stop()));
  }

  /** Everybody comes in, as fast as it goes. */
  private async fill() {
    const { participants, rooms } = this.options;
    const names = [...this.rooms.keys()];
    for (const room of names) await this.stage.open(room);
    const before = this.cpuTimes();
    const began = performance.now();
    const waiting = Array.from({ length: participants }, (_, i) => names[i % rooms] ?? '');
    const worker = async () => {
      for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) await this.join(room);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const seconds = (performance.now() - began) / 1000;
    if (!(await this.until(() => this.everybody().every(({ connected }) => connected), patience.recovery)))
      this.options.print('not everybody got an offer');
    const after = this.cpuTimes();
    const perJoin = (service: Service) => (after[service] - before[service]) / participants;
    const waits = this.everybody()
      .filter(({ wasAlone }) => !wasAlone)
      .map(({ joinedAt, offers: [offer = Infinity] }) => offer - joinedAt);
    return {
      joinsPerSecond: participants / seconds,
      cpuPerJoin: byService(perJoin),
      longestToOffer: Math.max(...waits),
    };
  }

  private cpuTimes(): Record<Service, number> {
    return byService((service) => cpuTime(this.stage.process(service).pid));
  }

  /** Random acts at a steady pace until it is quiet. */
  private async act(quiet: AbortSignal): Promise<void> {
    while (!quiet.aborted) {
      await delay(1000 / this.options.rate);
      const act = this.nextAct();
      if (!act) continue;
      const done = act().catch((error: unknown) => {
        this.failures.push(error instanceof Error ? error : new Error(String(error)));
      });
      this.underWay.add(done);
      void done.then(() => this.underWay.delete(done));
    }
  }

  private nextAct(): (() => Promise<void>) | undefined {
    const { random } = this;
    const [name, room] = random.pick([...this.rooms]) ?? [];
    if (name === undefined || !room) return undefined;
    if (random.chance(0.5)) {
      const actor = random.pick(room.filter(({ connected }) => connected));
      const kind = random.pick(['microphone', 'camera', 'screen'] as const) ?? 'screen';
      this.acts.change += 1;
      return actor && (() => actor.toggle(kind));
    }
    const size = this.everybody().length + [...this.entering.values()].reduce((sum, n) => sum + n, 0);
    if (size < this.options.participants) return () => this.join(name);
    const leaver = room.length > fewest ? random.pick(room) : undefined;
    if (!leaver) return undefined;
    this.acts.leave += 1;
    room.splice(room.indexOf(leaver), 1);
    const how = random.chance(0.5) ? 'politely' : 'stream closed';
    return () => leaver.leave(how);
  }

  private async join(room: string): Promise<void> {
    const { random, stage } = this;
    this.acts.join += 1;
    this.entering.set(room, (this.entering.get(room) ?? 0) + 1);
    const audioOnly = random.chance(0.1);
    const jsonSources = random.chance(0.5);
    try {
      const { instance } = stage;
      const participant = await SwarmParticipant.connect({ instance, room, random, audioOnly, jsonSources });
      await participant.enter(patience.entry);
      this.rooms.get(room)?.push(participant);
    } finally {
      this.entering.set(room, (this.entering.get(room) ?? 1) - 1);
    }
  }

  /** Ends one service after the other, and starts it again. */
  private async restart(): Promise<SwarmReport['recoveries']> {
    const { restarts, duration, print } = this.options;
    const pause = duration / (restarts.length + 1);
    const recoveries = [];
    for (const [service, how] of restarts) {
      await delay(pause);
      const needsAnother =
        service === 'focus'
          ? () => true
          : ({ bridgePort }: SwarmParticipant) => bridgePort === this.stage.mediaPort(service);
      const affected = this.everybody().filter(needsAnother);
      const died = performance.now();
      await this.stage.end(service, how);
      const back = service === 'focus' ? this.stage.again(service) : undefined;
      const recovered = await this.until(() => {
        const inside = this.everybody();
        return affected.every((each) => !inside.includes(each) || (each.offers.at(-1) ?? 0) > died);
      }, patience.recovery);
      const took = recovered ? performance.now() - died : Infinity;
      recoveries.push({ service: `${service} ${how} (${affected.length} affected)`, took });
      print(`${service} ${how}: ${affected.length} invited again after ${Math.round(took)} ms`);
      await (back ?? this.stage.again(service));
    }
    await delay(pause);
    return recoveries;
  }

  private everybody(): SwarmParticipant[] {
    return [...this.rooms.values()].flat();
  }

  private differences(): Difference[] {
    return [...this.rooms.values()].flatMap(differencesIn);
  }

  /** Whether it came true within the time (ms). */
  private async until(condition: () => boolean, within: number): Promise<boolean> {
    const deadline = performance.now() + within;
    while (!condition()) {
      if (performance.now() > deadline) return false;
      await delay(50);
    }
    return true;
  }
}

const byService = (value: (service: Service) => number): Record<Service, number> => ({
  'xmpp-server': value('xmpp-server'),
  focus: value('focus'),
  bridge: value('bridge'),
  'other bridge': value('other bridge'),
});
