/** Holds what each participant knows and gets against what the others do, and against what it has asked for. */
import type { ReceiverVideoConstraints } from '@conclave/signaling';
import { differencesIn } from '../swarm/comparison.js';
import type { LocalSource } from '../swarm/local-source.js';
import { audible, type Member, nameOf } from './member.js';
import { layerHeight } from './sender.js';

/** Frames that a camera shows at least within the time of a look (3 s of 12.5 a second, of which every other is of the highest temporal layer). */
const FRAMES = 20;

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing' : [...names].sort().join(' ');

const encodingsOf = ({ signalled }: LocalSource): number =>
  signalled.groups.find(({ semantics }) => semantics === 'SIM')?.ssrcs.length ?? 1;

/** What is wrong with what they know of each other. @param speaker whose microphone has speech */
export function wrongViews(room: readonly Member[], speaker: Member | undefined): string[] {
  const nicks = room.map(({ participant }) => participant.nick);
  const told = differencesIn(room.map(({ participant }) => participant)).flatMap(({ participant, wrong }) =>
    wrong.map((each) => `${participant.nick}: ${each}`),
  );
  const roster = room.flatMap(({ participant: { nick, others } }) => {
    const truth = nicks.filter((each) => each !== nick);
    return listed(others) === listed(truth)
      ? []
      : [`${nick} sees ${listed(others)}; there are ${listed(truth)}`];
  });
  const muted = room.flatMap(({ participant }) =>
    room.flatMap(({ participant: other }) => {
      const known = participant.mutedOf(other.nick);
      return listed(known) === listed(other.muted)
        ? []
        : [
            `${participant.nick} takes ${listed(known)} of ${other.nick} for muted; it is ${listed(other.muted)}`,
          ];
    }),
  );
  const dominant = room.flatMap(({ participant, leg }) =>
    speaker === undefined || leg.told.dominantSpeaker === speaker.participant.nick
      ? []
      : [
          `${participant.nick} is told that ${leg.told.dominantSpeaker} speaks; it is ${speaker.participant.nick}`,
        ],
  );
  return [...told, ...roster, ...muted, ...dominant];
}

/** What somebody sends and another, who wants everything, does not get, or not as good as it is. */
export function missingMedia(room: readonly Member[]): string[] {
  return room.flatMap((member) => {
    const { receiver, told } = member.leg;
    const { nick } = member.participant;
    if (receiver === undefined) return [`${nick} has no connection`];
    const sources = audible(member, room);
    const media = sources.flatMap(({ owner, source }) => {
      const [ssrc = 0] = source.visible;
      const what = `of the ${source.kind} of ${owner.participant.nick}`;
      if (source.media === 'audio') return receiver.heard(ssrc) > 0 ? [] : [`${nick} hears nothing ${what}`];
      const shown = receiver.shown(ssrc);
      const best = encodingsOf(source) - 1;
      const frames = shown.get(best) ?? 0;
      const others = [...shown].map(([encoding, count]) => `${count} of ${layerHeight(encoding)} lines`);
      return frames >= FRAMES
        ? []
        : [`${nick} sees ${frames} frames of ${layerHeight(best)} lines ${what} (${others.join(', ')})`];
    });
    const names = sources
      .filter(({ source }) => source.media === 'video')
      .map(({ source }) => nameOf(source));
    const forwarded = told.forwarded ?? [];
    const announced =
      member.participant.audioOnly || listed(forwarded) === listed(names)
        ? []
        : [`${nick} is told that it gets ${listed(forwarded)}; there is ${listed(names)}`];
    return [...media, ...announced];
  });
}

export type Wishes = ReceiverVideoConstraints & {
  readonly lastN: number;
  readonly defaultConstraints: { readonly maxHeight: number };
  readonly selectedSources: readonly string[];
};

/** What is not as `member` has asked for. */
export function wrongLayers(member: Member, room: readonly Member[], wishes: Wishes): string[] {
  const { receiver, told } = member.leg;
  const { nick, audioOnly } = member.participant;
  if (receiver === undefined || audioOnly) return [];
  const sources = audible(member, room).filter(({ source }) => source.media === 'video');
  const { lastN, selectedSources } = wishes;
  const { maxHeight } = wishes.defaultConstraints;
  const count = maxHeight === 0 ? 0 : lastN < 0 ? sources.length : Math.min(lastN, sources.length);
  const forwarded = told.forwarded ?? [];
  const wrong: string[] = [];
  if (forwarded.length !== count)
    wrong.push(
      `${nick} asks for ${count} of ${sources.length} sources, is told that it gets ${listed(forwarded)}`,
    );
  for (const name of selectedSources.slice(0, count)) {
    const there = sources.some(({ source }) => nameOf(source) === name);
    if (there && !forwarded.includes(name))
      wrong.push(`${nick} has selected ${name}, gets ${listed(forwarded)}`);
  }
  for (const { source } of sources) {
    const name = nameOf(source);
    const shown = receiver.shown(source.visible[0] ?? 0);
    if (forwarded.includes(name) && shown.size === 0)
      wrong.push(`${nick} is told that it gets ${name}, sees nothing`);
    if (!forwarded.includes(name) && shown.size > 0)
      wrong.push(`${nick} sees ${name}, which it is not told that it gets`);
    for (const encoding of shown.keys()) {
      if (encoding > 0 && layerHeight(encoding) > maxHeight)
        wrong.push(`${nick} asks for ${maxHeight} lines, sees ${layerHeight(encoding)} of ${name}`);
    }
  }
  return wrong;
}
