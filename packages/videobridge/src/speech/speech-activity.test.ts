import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LoudestSpeakers } from './loudest-speakers.js';
import { SpeakerLevels } from './speaker-levels.js';
import { SpeechActivity, type SpeechOptions } from './speech-activity.js';

const PACKET = 20;

/** Conversation on a virtual clock: each participant sends a level every 20 ms. */
class Table {
  now = 0;
  readonly activity: SpeechActivity;
  readonly told: unknown[] = [];

  constructor(
    private readonly people: readonly string[],
    options: SpeechOptions = {},
  ) {
    this.activity = new SpeechActivity(options);
    for (const person of people) this.activity.add(person);
  }

  /** `ms` during which those in `levels` speak so loud; the others are as quiet as a room is. */
  pass(ms: number, levels: Readonly<Record<string, number>> = {}, absent: readonly string[] = []): void {
    for (const end = this.now + ms; this.now < end; this.now += PACKET) {
      for (const person of this.people) {
        if (absent.includes(person)) continue;
        this.activity.level(person, levels[person] ?? 20 + (this.now % 3), this.now);
      }
      if (this.activity.tick(this.now)) this.told.push(this.activity.event);
    }
  }
}

describe('the dominant speaker', () => {
  it('is nobody while nobody speaks', () => {
    const table = new Table(['a', 'b']);
    table.pass(3000);
    expect(table.activity.event).toBeUndefined();
    expect(table.told).toEqual([]);
  });

  it('is who speaks, from the first second on', () => {
    const table = new Table(['a', 'b']);
    table.pass(500);
    table.pass(1000, { b: 90 });
    expect(table.activity.dominant).toBe('b');
    expect(table.activity.order).toEqual(['b', 'a']);
  });

  it('changes when another speaks instead, and the clients are told who spoke before', () => {
    const table = new Table(['a', 'b', 'c']);
    for (const speaker of ['a', 'b', 'c', 'a']) table.pass(2500, { [speaker]: 95 });
    expect(table.told).toMatchObject([
      { dominantSpeakerEndpoint: 'a', previousSpeakers: [] },
      { dominantSpeakerEndpoint: 'b', previousSpeakers: ['a'] },
      { dominantSpeakerEndpoint: 'c', previousSpeakers: ['b', 'a'] },
      { dominantSpeakerEndpoint: 'a', previousSpeakers: ['c', 'b'] },
    ]);
  });

  it('is not who coughs', () => {
    const table = new Table(['a', 'b']);
    table.pass(500);
    table.pass(2500, { a: 95 });
    table.pass(100, { a: 95, b: 120 });
    table.pass(2000, { a: 95 });
    expect(table.activity.dominant).toBe('a');
    expect(table.activity.changes).toBe(1);
  });

  it('stays who it was in a pause', () => {
    const table = new Table(['a', 'b']);
    table.pass(2500, { a: 95 });
    table.pass(5000);
    expect(table.activity.dominant).toBe('a');
  });

  it('is taken over from somebody who sends nothing any more', () => {
    const table = new Table(['a', 'b']);
    table.pass(2500, { a: 95 });
    table.pass(2500, { b: 80 }, ['a']);
    expect(table.activity.dominant).toBe('b');
  });

  it('is another when it leaves', () => {
    const table = new Table(['a', 'b']);
    table.pass(2500, { a: 95 });
    table.pass(2500, { b: 95 });
    expect(table.activity.remove('b')).toBe(true);
    expect(table.activity.event).toMatchObject({ dominantSpeakerEndpoint: 'a', previousSpeakers: [] });
    expect(table.activity.order).toEqual(['a']);
  });

  it('does not speak in constant noise, however loud, once another speaks over it', () => {
    const table = new Table(['fan', 'b']);
    table.pass(20_000, { fan: 60 });
    table.pass(2500, { fan: 60, b: 100 });
    expect(table.activity.dominant).toBe('b');
  });

  it('is told anew when silence begins and ends, where that is wanted', () => {
    const table = new Table(['a', 'b'], { detectSilence: true });
    table.pass(2500, { a: 95 });
    table.pass(4000);
    table.pass(1000, { a: 95 });
    expect(table.told).toMatchObject([{ silence: false }, { silence: true }, { silence: false }]);
  });

  it('is always one of those who are there, whatever levels come', () => {
    const event = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 127 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events) => {
        const activity = new SpeechActivity({ loudest: 2 });
        const there = new Set<string>();
        events.forEach(([id, level, leaves], index) => {
          if (leaves && index % 7 === 0) {
            activity.remove(id);
            there.delete(id);
            return;
          }
          if (!there.has(id)) activity.add(id);
          there.add(id);
          activity.level(id, level, index * 10);
          activity.tick(index * 10);
          expect([...activity.order].sort()).toEqual([...there].sort());
          const { dominant } = activity;
          if (dominant !== undefined) expect(there).toContain(dominant);
        });
      }),
    );
  });
});

describe('who takes part in a conversation', () => {
  it('does not take the floor from each other by speaking at the same time', () => {
    const table = new Table(['a', 'b', 'c']);
    table.pass(500);
    table.pass(3000, { a: 95 });
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const before = table.activity.changes;
    for (let word = 0; word < 300; word++) {
      const loud = (): number => (random() < 0.7 ? 85 + Math.floor(20 * random()) : 22);
      table.pass(200, { a: loud(), b: loud(), c: 20 });
    }
    // A minute in which both speak most of the time.
    expect(table.activity.changes - before).toBeLessThanOrEqual(20);
  });

  it('is not asked for by a loud moment in silence', () => {
    const table = new Table(['a', 'b']);
    table.pass(500);
    table.pass(3000, { a: 95 });
    for (let slam = 0; slam < 20; slam++) {
      table.pass(100, { b: 127 });
      table.pass(900);
    }
    expect(table.activity.dominant).toBe('a');
  });

  it('gives the floor to who speaks on when its client sends nothing any more', () => {
    const table = new Table(['a', 'b']);
    table.pass(500);
    table.pass(3000, { a: 110 });
    table.pass(2000, { b: 90 }, ['a']);
    expect(table.activity.dominant).toBe('b');
  });

  it('is remembered as far as clients are told, ten before the present one', () => {
    const people = Array.from({ length: 15 }, (_, index) => `p${index}`);
    const table = new Table(people);
    for (const person of people) table.pass(2500, { [person]: 95 });
    expect(table.activity.event?.previousSpeakers).toEqual(people.slice(4, 14).reverse());
  });

  it('counts as recent while it is among the loudest, also before it has the floor', () => {
    const table = new Table(['a', 'b', 'c'], { loudest: 1 });
    table.pass(3000, { a: 95 });
    table.pass(60, { b: 100 });
    expect(['a', 'b', 'c'].map((id) => table.activity.isRecent(id, table.now))).toEqual([true, true, false]);
  });
});

describe('the levels of a speaker', () => {
  it('are no speech once they have been the same for a minute, as a fan’s are', () => {
    const speaker = new SpeakerLevels(0);
    for (let packet = 0; packet < 10; packet++) speaker.push(20, packet * 20);
    for (let packet = 0; packet < 100; packet++) speaker.push(60, packet * 20);
    const loud = speaker.scores().immediate;
    for (let packet = 0; packet < 3000; packet++) speaker.push(60, packet * 20);
    expect(speaker.scores().immediate).toBeLessThan(loud / 100);
    speaker.push(95, 0);
    expect(speaker.scores().immediate).toBeGreaterThan(loud);
  });
});

describe('the loudest speakers', () => {
  it('are so many, the loudest of the moment', () => {
    const loudest = new LoudestSpeakers(2);
    const levels = { a: 90, b: 80, c: 70 };
    const heard = (now: number) =>
      Object.entries(levels)
        .filter(([id, level]) => loudest.level(id, level, now))
        .map(([id]) => id);
    for (let now = 0; now < 200; now += 20) heard(now);
    expect(heard(200)).toEqual(['a', 'b']);
  });

  it('begin anew after a pause: what they were is forgotten', () => {
    const loudest = new LoudestSpeakers(1);
    loudest.level('a', 100, 0);
    loudest.level('b', 20, 1000);
    expect(loudest.level('a', 10, 1000)).toBe(false);
  });

  it('make room for others when they fall silent', () => {
    const loudest = new LoudestSpeakers(1);
    loudest.level('a', 100, 0);
    expect(loudest.level('b', 60, 20)).toBe(false);
    expect(loudest.level('b', 60, 160)).toBe(true);
    expect(loudest.includes('a', 160)).toBe(false);
  });

  it('keep the dominant speaker through a pause of breath', () => {
    const table = new Table(['a', 'b', 'c'], { loudest: 1 });
    table.pass(500);
    table.pass(2500, { a: 95 });
    table.pass(100, { b: 90 });
    expect(table.activity.level('b', 90, table.now)).toBe(true);
    expect(table.activity.level('a', 10, table.now)).toBe(true);
    expect(table.activity.level('c', 5, table.now)).toBe(false);
  });
});
