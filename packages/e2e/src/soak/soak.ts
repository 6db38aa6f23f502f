/**
 * Participants with real media who come, go, switch layers and meet bad networks, while services die and come back, for a long time at
 * a bounded rate. Again and again all come to rest, and then each has to know of, and get, what the others send, as it has asked for;
 * the services have to need no more than before, and in the end, when everybody has gone, to have nobody left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SwarmParticipant } from '../swarm/participant.js';
import { Random } from '../swarm/random.js';
import type { Service, Stage } from '../swarm/stage.js';
import {
  type Act,
  actions,
  changeSources,
  choose,
  cut,
  disturb,
  mute,
  randomWishes,
  speak,
  wantEverything,
} from './acts.js';
import { Directory } from './directory.js';
import { writeEvidence } from './evidence.js';
import { emptyTally, MediaLeg, type Tally } from './media-leg.js';
import type { Member } from './member.js';
import { missingMedia, type Wishes, wrongLayers, wrongViews } from './views.js';
import { remaining, type Vitals, VitalSigns } from './vitals.js';

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
  readonly acts: Readonly<Record<Act | 'restart', number>>;
  /** What came of video, of all together. */
  readonly media: Readonly<Tally>;
  /** Sessions that went on after their connection broke. */
  readonly resumptions: number;
  /** What was wrong, in words. */
  readonly wrong: readonly string[];
  readonly vitals: ReadonlyMap<Service, Vitals>;
}

/** Ms. */
const times = {
  entry: 60_000,
  rest: 60_000,
  asked: 20_000,
  look: 3_000,
  sample: 5_000,
  away: 5_000,
  gone: 90_000,
};
/** Ms from one rest to the next; there are some at least. */
const phase = { length: 300_000, fewest: 3 };
/** Who stays in a room, so that it never ends: with less than two nobody is invited. */
const fewest = 2;
/** Of what is wrong in one rest, so much is told. */
const told = 20;

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
  readonly #acts = Object.fromEntries([...actions, 'restart'].map((act) => [act, 0])) as Record<
    Act | 'restart',
    number
  >;
  readonly #vitals: VitalSigns;
  readonly #directory = new Directory();
  readonly #tally = emptyTally();
  #resumptions = 0;
  #entering = 0;

  constructor(
    private readonly stage: Stage,
    private readonly options: SoakOptions,
  ) {
    this.#random = new Random(options.seed);
    this.#vitals = new VitalSigns(stage);
    const names = Array.from({ length: options.rooms }, (_, i) => `soak-${i}`);
    this.#rooms = new Map(names.map((name) => [`${name}@conference.${stage.instance.domain}`, []]));
  }

  async run(): Promise<SoakReport> {
    const { participants, duration } = this.options;
    const names = [...this.#rooms.keys()];
    for (const room of names) await this.stage.open(room);
    for (let i = 0; i < participants; i++) await this.#join(names[i % names.length] ?? '');
    await this.#rest('all are in');
    const sampling = setInterval(() => this.#vitals.sample(), times.sample);
    const phases = Math.max(phase.fewest, Math.round(duration / phase.length));
    try {
      for (let each = 1; each <= phases; each++) {
        const restart = this.#restart(each, duration / phases);
        await this.#act(duration / phases);
        await restart;
        await this.#rest(`rest ${each} of ${phases}`);
      }
    } finally {
      clearInterval(sampling);
    }
    const vitals = this.#vitals.report;
    await this.#empty();
    return {
      acts: this.#acts,
      media: this.#tally,
      resumptions: this.#resumptions,
      wrong: this.#wrong,
      vitals,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map(({ participant }) => participant.stop()));
  }

  get #everybody(): Member[] {
    return [...this.#rooms.values()].flat();
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
    const choice = choose(random);
    if (choice === 'presence') {
      const size = this.#everybody.length + this.#entering;
      return size < this.options.participants ? this.#join(name) : this.#leave(room);
    }
    const member = random.pick(room.filter(({ participant }) => participant.connected));
    if (member === undefined) return;
    this.#acts[choice] += 1;
    switch (choice) {
      case 'source':
        return changeSources(member, random);
      case 'mute':
        return mute(member);
      case 'speak':
        speak(room, random);
        return;
      case 'layers':
        member.leg.want(randomWishes(member, room, random));
        return;
      case 'network':
        return disturb(member, random);
      case 'cut':
        return cut(member, random);
      case 'reconnect':
        member.participant.breakConnection();
    }
  }

  /** The focus dies once, early, so that its successor can be watched for long; a bridge now and then. */
  async #restart(each: number, duration: number): Promise<void> {
    const service = each === 1 ? 'focus' : each % 3 === 2 ? 'other bridge' : undefined;
    if (service === undefined) return;
    await delay(duration / 3);
    this.#acts.restart += 1;
    this.options.print(`the ${service} is killed`);
    await this.stage.end(service, 'killed');
    await delay(times.away);
    await this.stage.again(service);
  }

  async #join(room: string): Promise<void> {
    const random = this.#random;
    this.#acts.join += 1;
    this.#entering += 1;
    const leg = new MediaLeg(this.#directory, this.#tally);
    const member = {
      participant: await SwarmParticipant.connect({
        instance: this.stage.instance,
        room,
        random,
        audioOnly: random.chance(0.1),
        jsonSources: random.chance(0.5),
        media: leg,
        resumes: true,
      }),
      leg,
      disturbed: false,
    };
    wantEverything(member);
    try {
      await member.participant.enter(times.entry);
      this.#rooms.get(room)?.push(member);
    } catch (error) {
      await member.participant.stop();
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
    await this.#takeLeave(leaver);
  }

  async #takeLeave({ participant, leg }: Member): Promise<void> {
    await participant.leave(this.#random.pick(['politely', 'stream closed', 'vanished']) ?? 'politely');
    this.#resumptions += participant.resumptions;
    this.#wrong.push(...leg.faults);
  }

  /** Everybody wants everything over good networks; then all have to come to agree, and to get what they know of, and then what they ask for. */
  async #rest(what: string): Promise<void> {
    const rooms = [...this.#rooms.values()];
    const speakers = new Map(rooms.map((room) => [room, speak(room, this.#random)]));
    this.#everybody.forEach(wantEverything);
    const began = performance.now();
    const views = await this.#settled(times.rest, () =>
      rooms.flatMap((room) => [...wrongViews(room, speakers.get(room)), ...missingMedia(room)]),
    );
    const took = performance.now() - began;
    const wishes = new Map(
      rooms.flatMap((room) =>
        room.map((member): [Member, Wishes] => [member, randomWishes(member, room, this.#random)]),
      ),
    );
    for (const [{ leg }, wish] of wishes) leg.want(wish);
    const layers = await this.#settled(times.asked, () =>
      rooms.flatMap((room) =>
        room.flatMap((member) => wrongLayers(member, room, wishes.get(member) as Wishes)),
      ),
    );
    this.#everybody.forEach(wantEverything);
    await this.#vitals.collect();
    const media = this.#everybody.flatMap(({ leg }) => leg.faults.splice(0));
    const wrong = [...views, ...layers, ...media];
    this.#wrong.push(...wrong);
    if (wrong.length > 0) await this.#keepEvidence(what, wrong);
    const state =
      wrong.length === 0
        ? `all views agree after ${(took / 1000).toFixed(0)} s`
        : `${wrong.length} wrong\n  ${wrong.slice(0, told).join('\n  ')}`;
    this.options.print(
      `${what}: ${this.#everybody.length} participants, ${JSON.stringify(this.#acts)}: ${state}`,
    );
  }

  async #keepEvidence(what: string, wrong: readonly string[]): Promise<void> {
    const name = `soak ${this.options.seed} ${what}`.replaceAll(' ', '-');
    this.options.print(`see ${await writeEvidence(this.stage, this.#everybody, name, wrong)}`);
  }

  /** What is wrong in the end, when nothing is or the time (ms) is over. */
  async #settled(within: number, differences: () => string[]): Promise<string[]> {
    const deadline = performance.now() + within;
    for (;;) {
      for (const { leg } of this.#everybody) leg.receiver?.forget();
      await delay(times.look);
      const found = differences();
      if (found.length === 0 || performance.now() > deadline) return found;
    }
  }

  /** Everybody leaves, and nothing of them may stay. */
  async #empty(): Promise<void> {
    await Promise.all(this.#everybody.map((member) => this.#takeLeave(member)));
    for (const room of this.#rooms.values()) room.length = 0;
    const deadline = performance.now() + times.gone;
    let left = await remaining(this.stage);
    while (Object.values(left).some((count) => count !== 0) && performance.now() < deadline) {
      await delay(times.look);
      left = await remaining(this.stage);
    }
    for (const [what, count] of Object.entries(left))
      if (count !== 0) this.#wrong.push(`everybody has gone, and there are ${count} ${what}`);
    this.options.print(`everybody has gone: ${JSON.stringify(left)}`);
  }
}
