/** When somebody takes over, one margin at a time; levels of each packet (20 ms) are given, and when it is decided. */
import { beforeEach, describe, expect, it } from 'vitest';

import { DominantSpeaker } from './dominant-speaker.js';

const PACKET = 20;
const HOUR = 60 * 60 * 1000;
const [LOUD, SOFT, QUIET] = [95, 70, 20];

let speakers: DominantSpeaker;
let now: number;

/** Packets in which those in `loud` speak; the others are as quiet as a room is. */
function pass(packets: number, loud: readonly string[]): void {
  for (let packet = 0; packet < packets; packet++) {
    now += PACKET;
    for (const id of ['a', 'b']) speakers.level(id, loud.includes(id) ? LOUD : QUIET, now);
  }
}

beforeEach(() => {
  speakers = new DominantSpeaker();
  now = 0;
  pass(25, []);
  pass(50, ['a']);
  expect(speakers.decide(now)).toBe('a');
});

describe('the floor', () => {
  it('goes to who has spoken for a second while the other was quiet', () => {
    pass(50, ['b']);
    expect(speakers.decide(now)).toBe('b');
  });

  it('stays with who speaks at this moment, be it softly, whatever was in the second before', () => {
    pass(50, ['b']);
    speakers.level('a', SOFT, now);
    expect(speakers.decide(now)).toBe('a');
  });

  it('stays with who has said as much over a syllable, in the gap before the next', () => {
    pass(45, ['b']);
    pass(4, ['a', 'b']);
    pass(1, ['b']);
    expect(speakers.decide(now)).toBe('a');
  });

  it('stays with who has spoken more over a second, in the pause between two words', () => {
    pass(45, ['a']);
    pass(5, ['b']);
    expect(speakers.decide(now)).toBe('a');
  });
});

describe('who has not been heard for an hour', () => {
  /** The other sends the sound of its room, which is louder than any was before. */
  const returnsAfter = (pause: number) => {
    now += pause;
    speakers.decide(now);
    pass(50, ['b']);
    return speakers.decide(now);
  };

  it('is forgotten, so that what its room was like makes no speech of the noise that is there now', () => {
    expect(returnsAfter(HOUR + PACKET)).toBe('a');
  });

  it('is remembered until then', () => {
    expect(returnsAfter(HOUR - PACKET)).toBe('b');
  });

  it('is the dominant speaker still, if nobody spoke since', () => {
    now += 2 * HOUR;
    expect(speakers.decide(now)).toBe('a');
  });
});
