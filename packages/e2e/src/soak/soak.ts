/**
 * Participants with real media who come, go, switch layers and meet bad networks, for a long time at a bounded rate. Again and again all
 * come to rest, and then each has to know of, and get, what the others send; and the services have to need no more memory than before.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Impairment, unimpaired } from '../harness/impaired-link.js';
import { differencesIn } from '../swarm/comparison.js';
import { SwarmParticipant } from '../swarm/participant.js';
import { Random } from '../swarm/random.js';
import type { Service, Stage } from '../swarm/stage.js';
import { MediaLeg } from './media-leg.js';
import { growth, type Growth, residentMemory } from './memory.js';

export interface SoakOptions {
  readonly seed: number;
  /** Ms. */
  readonly duration: number;
  readonly participants: number;
  readonly rooms: number;
  /** Acts a second. */
  readonly rate: number;
  readonly print: (line: string) => void;
}

export interface SoakReport {
  readonly acts: Readonly<Record<Act, number>>;
  /** What was wrong at rest, in words. */
  readonly wrong: readonly string[];
  readonly memory: Readonly<Record<Service, Growth>>;
}

type Act = 'join' | 'leave' | 'change' | 'layers' | 'fault';

const services = ['xmpp-server', 'focus', 'bridge', 'other bridge'] as const;
const rests = 6;
/** Ms. */
const times = { entry: 60_000, rest: 45_000, media: 3_000, sample: 5_000, fault: 5_000 };
/** Who stays in a room, so that it never ends: with less than two nobody is invited. */
const fewest = 2;
const everything = {
  colibriClass: 'ReceiverVideoConstraints',
  lastN: -1,
  defaultConstraints: { maxHeight: 720 },
} as const;

interface Member {
  readonly participant: SwarmParticipant;
  readonly leg: MediaLeg;
}

export async function runSoak(stage: Stage, options: SoakOptions): Promise<SoakReport> {
  const soak = new Soak(stage, options);
  try {
    return await soak.run();
  } finally {
    await soak.stop();
  }
}

class Soak {
  readonly #random: Random;
  readonly #rooms: ReadonlyMap<string, Member[]>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #wrong: string[] = [];
  readonly #acts: Record<Act, number> = { join: 0, leave: 0, change: 0, layers: 0, fault: 0 };
  readonly #memory = new Map<Service, number[]>(services.map((service) => [service, []]));
  #entering = 0;

  constructor(
    private readonly stage: Stage,
    private readonly options: SoakOptions,
  ) {
    this.#random = new Random(options.seed);
    const names = Array.from({ length: options.rooms }, (_, i) => `soak-${i}`);
    this.#rooms = new Map(names.map((name) => [`${name}@conference.${stage.instance.domain}`, []]));
  }

  async run(): Promise<SoakReport> {
    const { participants, duration, print } = this.options;
    const names = [...this.#rooms.keys()];
    for (const room of names) await this.stage.open(room);
    for (let i = 0; i < participants; i++) await this.#join(names[i % names.length] ?? '');
    await this.#rest('all are in');
    const sampling = setInterval(() => this.#sample(), times.sample);
    try {
      for (let rest = 1; rest <= rests; rest++) {
        await this.#act(duration / rests);
        await this.#rest(`rest ${rest} of ${rests}`);
      }
    } finally {
      clearInterval(sampling);
    }
    const memory = Object.fromEntries(
      services.map((service) => [service, growth(this.#memory.get(service) ?? [])]),
    ) as Record<Service, Growth>;
    for (const [service, { before, after, flat }] of Object.entries(memory)) {
      print(
        `memory of ${service}: ${before.toFixed(0)} MiB, then ${after.toFixed(0)} MiB${flat ? '' : ': GROWS'}`,
      );
    }
    return { acts: this.#acts, wrong: this.#wrong, memory };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map(({ participant }) => participant.stop()));
  }

  get #everybody(): Member[] {
    return [...this.#rooms.values()].flat();
  }

  #sample(): void {
    for (const service of services) {
      this.#memory.get(service)?.push(residentMemory(this.stage.process(service).pid));
    }
  }

  /** Random acts at a steady pace, for so many ms. */
  async #act(duration: number): Promise<void> {
    const until = performance.now() + duration;
    while (performance.now() < until) {
      await delay(1000 / this.options.rate);
      const done = this.#next().catch((error: unknown) => {
        this.#wrong.push(String(error));
      });
      this.#underWay.add(done);
      void done.then(() => this.#underWay.delete(done));
    }
    await Promise.all(this.#underWay);
  }

  async #next(): Promise<void> {
    const random = this.#random;
    const [name = '', room = []] = random.pick([...this.#rooms]) ?? [];
    const member = random.pick(room.filter(({ participant }) => participant.connected));
    const act = random.pick(['presence', 'change', 'layers', 'layers', 'fault'] as const) ?? 'layers';
    if (act === 'presence') {
      if (this.#everybody.length + this.#entering < this.options.participants) return this.#join(name);
      return this.#leave(room);
    }
    if (member === undefined) return;
    this.#acts[act] += 1;
    switch (act) {
      case 'change':
        return member.participant.toggle(
          random.pick(['microphone', 'camera', 'screen'] as const) ?? 'screen',
        );
      case 'layers': {
        const maxHeight = random.pick([0, 180, 360, 720]) ?? 720;
        member.leg.want({
          colibriClass: 'ReceiverVideoConstraints',
          lastN: random.pick([-1, 0, 1, 3]) ?? -1,
          defaultConstraints: { maxHeight },
        });
        return;
      }
      case 'fault':
        member.leg.disturb(fault(random));
        await delay(times.fault);
        member.leg.disturb(unimpaired);
    }
  }

  async #join(room: string): Promise<void> {
    const random = this.#random;
    this.#acts.join += 1;
    this.#entering += 1;
    const leg = new MediaLeg();
    leg.want(everything);
    try {
      const participant = await SwarmParticipant.connect({
        instance: this.stage.instance,
        room,
        random,
        audioOnly: random.chance(0.1),
        jsonSources: random.chance(0.5),
        media: leg,
      });
      await participant.enter(times.entry);
      this.#rooms.get(room)?.push({ participant, leg });
    } catch (error) {
      leg.close();
      throw error;
    } finally {
      this.#entering -= 1;
    }
  }

  async #leave(room: Member[]): Promise<void> {
    const leaver = room.length > fewest ? this.#random.pick(room) : undefined;
    if (leaver === undefined) return;
    this.#acts.leave += 1;
    room.splice(room.indexOf(leaver), 1);
    await leaver.participant.leave(this.#random.chance(0.5));
  }

  /** Everybody wants everything over good networks; then all have to come to agree, and to get what they know of. */
  async #rest(what: string): Promise<void> {
    for (const { leg } of this.#everybody) leg.want(everything);
    const deadline = performance.now() + times.rest;
    let differences = await this.#differences();
    while (differences.length > 0 && performance.now() < deadline) differences = await this.#differences();
    this.#wrong.push(...differences);
    const state = differences.length === 0 ? 'all views agree' : differences.join('\n  ');
    this.options.print(
      `${what}: ${this.#everybody.length} participants, ${JSON.stringify(this.#acts)}: ${state}`,
    );
  }

  async #differences(): Promise<string[]> {
    const rooms = [...this.#rooms.values()];
    for (const { leg } of rooms.flat()) leg.forget();
    await delay(times.media);
    return rooms.flatMap((members) => [
      ...differencesIn(members.map(({ participant }) => participant)).flatMap(({ participant, wrong }) =>
        wrong.map((each) => `${participant.nick}: ${each}`),
      ),
      ...silences(members),
    ]);
  }
}

/** What somebody sends and somebody else does not get. */
function silences(members: readonly Member[]): string[] {
  return members.flatMap(({ participant, leg }) =>
    members.flatMap(({ participant: other }) =>
      other === participant
        ? []
        : other.sent
            .filter(({ visible: [ssrc = 0] }) => other.visibleTo(participant).includes(ssrc))
            .filter(({ visible: [ssrc = 0] }) => !leg.received.has(ssrc))
            .map(({ kind }) => `${participant.nick} gets nothing of the ${kind} of ${other.nick}`),
    ),
  );
}

/** Bad, and short enough for a connection to outlast it. */
function fault(random: Random): Impairment {
  const faults: readonly Impairment[] = [
    { ...unimpaired, loss: 0.1 },
    { ...unimpaired, delay: 150, jitter: 100 },
    { ...unimpaired, rate: 200_000 },
    { ...unimpaired, loss: 1 },
  ];
  return random.pick(faults) ?? unimpaired;
}
