/** What happens to the participants of a soak, one thing at a time by chance: what people do, and what networks do to them. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Impairment, unimpaired } from '../harness/impaired-link.js';
import type { LocalSource } from '../swarm/local-source.js';
import type { Random } from '../swarm/random.js';
import { audible, type Member, nameOf } from './member.js';
import type { Wishes } from './views.js';

export const actions = [
  'join',
  'leave',
  'source',
  'mute',
  'speak',
  'layers',
  'network',
  'cut',
  'reconnect',
] as const;
export type Act = (typeof actions)[number];

/** How often each is done, beside the others. */
const weights = {
  presence: 3,
  source: 3,
  mute: 2,
  speak: 2,
  layers: 5,
  network: 3,
  cut: 1,
  reconnect: 2,
} as const;
export type Choice = keyof typeof weights;
const choices = Object.entries(weights).flatMap(([choice, weight]) =>
  Array<Choice>(weight).fill(choice as Choice),
);

export const choose = (random: Random): Choice => random.pick(choices) ?? 'layers';

const everything = {
  colibriClass: 'ReceiverVideoConstraints',
  lastN: -1,
  selectedSources: [],
  onStageSources: [],
  defaultConstraints: { maxHeight: 720 },
} as const satisfies Wishes;

export const wantEverything = ({ leg }: Member): void => leg.want(everything);

/** Ms. */
const between = (random: Random, least: number, most: number): number =>
  least + random.next() * (most - least);

export function randomWishes(member: Member, room: readonly Member[], random: Random): Wishes {
  const sources = audible(member, room).filter(({ source }) => source.media === 'video');
  const chosen = random.pick(sources);
  const name = chosen === undefined ? [] : [nameOf(chosen.source)];
  const staged = random.chance(0.3);
  return {
    ...everything,
    lastN: random.pick([-1, 0, 1, 2, 3]) ?? -1,
    selectedSources: staged ? [] : name,
    onStageSources: staged ? name : [],
    defaultConstraints: { maxHeight: random.pick([0, 180, 360, 720]) ?? 720 },
  };
}

/** Begins or ends to send a microphone, a camera or a screen. */
export async function changeSources({ participant, leg }: Member, random: Random): Promise<void> {
  const kind = random.pick(['microphone', 'camera', 'screen'] as const) ?? 'screen';
  const source = participant.sent.find((each) => each.kind === kind);
  if (source !== undefined && leg.muted.has(nameOf(source))) return;
  await participant.toggle(kind);
}

/** Mutes a camera, or shows it again. */
export async function mute({ participant, leg }: Member): Promise<void> {
  const camera = participant.sent.find(({ kind }) => kind === 'camera');
  if (camera === undefined) return;
  const name = nameOf(camera);
  const muted = !leg.muted.has(name);
  leg.mute(name, muted);
  await participant.mute(name, muted);
}

const microphoneOf = ({ participant }: Member): LocalSource | undefined =>
  participant.sent.find(({ kind }) => kind === 'microphone');

/** Somebody takes the floor; answers who, undefined where nobody has a microphone. */
export function speak(room: readonly Member[], random: Random): Member | undefined {
  const speaker = random.pick(room.filter((member) => microphoneOf(member) !== undefined));
  for (const { leg } of room) leg.speaks = leg === speaker?.leg;
  return speaker;
}

/** The network of a participant is bad for some time. */
export async function disturb(member: Member, random: Random): Promise<void> {
  const down = fault(random);
  const up = random.chance(0.5) ? fault(random) : unimpaired;
  await during(member, down, up, between(random, 5_000, 15_000));
}

/** Nothing passes, short enough for a connection to outlast it. */
export async function cut(member: Member, random: Random): Promise<void> {
  const nothing = { ...unimpaired, loss: 1 };
  await during(member, nothing, nothing, between(random, 1_000, 7_000));
}

async function during(member: Member, down: Impairment, up: Impairment, time: number): Promise<void> {
  if (member.disturbed) return;
  member.disturbed = true;
  member.leg.disturb(down, up);
  await delay(time);
  member.leg.disturb(unimpaired);
  member.disturbed = false;
}

function fault(random: Random): Impairment {
  const faults: readonly Impairment[] = [
    { ...unimpaired, loss: between(random, 0.01, 0.1) },
    { ...unimpaired, delay: between(random, 20, 150) },
    { ...unimpaired, delay: 20, jitter: between(random, 20, 100) },
    { ...unimpaired, rate: between(random, 150_000, 500_000) },
    { rate: 1_000_000, delay: 50, jitter: 20, loss: 0.03 },
  ];
  return random.pick(faults) ?? unimpaired;
}
