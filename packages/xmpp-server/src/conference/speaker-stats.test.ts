/** Who has spoken for how long. */
import { beforeEach, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { speakerStats } from './index.js';
import { at, hears, hearsNothing, meeting, room } from './testing/meeting.js';

const component = 'speakerstats.verona.lit';
const scene = (options: object = {}) =>
  meeting(({ stage }) => stage.load(speakerStats, at('speakerstats', options)));

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

function speaks(actor: Actor, silence = 'false', where = room): void {
  actor.sends(
    `<message to='${component}'><speakerstats xmlns='http://jitsi.org/jitmeet' room='${where}' silence='${silence}'/></message>`,
  );
}

function shows(actor: Actor, attributes: string): void {
  actor.sends(
    `<message to='${component}'><faceLandmarks xmlns='http://jitsi.org/jitmeet' room='${room}' ${attributes}/></message>`,
  );
}

const arrives = (actor: Actor) =>
  actor.sends(`<presence to='${room}/tybalt'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);

it('counts while one is dominant and not silent, and tells newcomers', () => {
  const { romeo, juliet, tybalt } = scene();
  speaks(romeo);
  vi.advanceTimersByTime(2000);
  speaks(juliet);
  vi.advanceTimersByTime(300);
  speaks(juliet, 'true');
  vi.advanceTimersByTime(5000);
  speaks(romeo);
  vi.advanceTimersByTime(50);
  arrives(tybalt);
  expect(hears(tybalt, component)).toEqual({
    type: 'speakerstats',
    users: {
      romeo: { displayName: '', totalDominantSpeakerTime: 2050, faceLandmarks: [] },
      juliet: { displayName: '', totalDominantSpeakerTime: 300, faceLandmarks: [] },
    },
  });
});

it('remembers who has left, by the name shown last', () => {
  const { juliet, tybalt } = scene();
  juliet.sends(
    `<presence to='${room}/juliet'><nick xmlns='http://jabber.org/protocol/nick'>J</nick></presence>`,
  );
  speaks(juliet);
  vi.advanceTimersByTime(700);
  juliet.leaves(room);
  vi.advanceTimersByTime(700);
  arrives(tybalt);
  expect(hears(tybalt, component)['users']).toEqual({
    juliet: { displayName: 'J', totalDominantSpeakerTime: 700, faceLandmarks: [] },
  });
});

it('keeps the last faces', () => {
  const { juliet, tybalt } = scene({ expressions: 2 });
  for (const face of ['sad', 'neutral', 'happy']) {
    shows(juliet, `faceExpression='${face}' timestamp='170' duration='2'`);
  }
  arrives(tybalt);
  expect(hears(tybalt, component)['users']).toMatchObject({
    juliet: {
      faceLandmarks: [
        { faceExpression: 'neutral' },
        { faceExpression: 'happy', timestamp: 170, duration: 2 },
      ],
    },
  });
});

it('says nothing before there is something to say, nor to the focus', () => {
  const { tybalt, focus, romeo } = scene();
  arrives(tybalt);
  hearsNothing(tybalt, component);
  speaks(romeo);
  focus.leaves(room);
  focus.ignoresAll();
  focus.sends(`<presence to='${room}/focus'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  hearsNothing(focus, component);
});

it.each([
  ['a stranger', (people: ReturnType<typeof scene>) => speaks(people.tybalt)],
  [
    'one elsewhere',
    (people: ReturnType<typeof scene>) => speaks(people.tybalt, 'false', 'vault@rooms.verona.lit'),
  ],
])('refuses %s', (_, act) => {
  const people = scene();
  act(people);
  people.tybalt.receives(refusal('message', 'auth', 'forbidden'));
});

it.each(["faceExpression='' timestamp='1' duration='1'", "faceExpression='sad' timestamp='x' duration='1'"])(
  'refuses a face %s',
  (attributes) => {
    const { juliet } = scene();
    shows(juliet, attributes);
    juliet.receives(refusal('message', 'modify', 'bad-request'));
  },
);

it('keeps no more persons than it may', () => {
  const { stage, juliet, romeo, tybalt } = scene({ persons: 2 });
  speaks(juliet);
  juliet.leaves(room);
  speaks(romeo);
  const paris = stage.actor('paris@verona.lit/tomb');
  paris.joins(room, 'paris');
  speaks(paris);
  arrives(tybalt);
  expect(Object.keys(hears(tybalt, component)['users'] as object)).toEqual(['romeo', 'paris']);
});
