import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MediaLines, addSources, initialLines, keepOwners, removeSources } from './media-lines.js';
import type { RemoteSource } from './remote-sources.js';

const source = (owner: string, media: 'audio' | 'video', ssrc: number): RemoteSource => ({
  name: `${owner}-${media === 'audio' ? 'a' : 'v'}0`,
  media,
  owner,
  videoType: 'camera',
  ssrcs: [ssrc],
  groups: [],
});
const jvb = [source('jvb', 'audio', 1), source('jvb', 'video', 2)];
const ann = source('ann', 'video', 11);
const bob = source('bob', 'video', 12);
const names = (lines: MediaLines) => lines.map((line) => line.source?.name ?? '-');

describe('media lines', () => {
  const lines = initialLines(['audio', 'video'], [...jvb, ann]);

  it('begin with what we send on, which carries the sources of the bridge', () => {
    expect(names(lines)).toEqual(['jvb-a0', 'jvb-v0', 'ann-v0']);
    expect(lines.map(({ sending }) => sending)).toEqual([true, true, false]);
  });

  it('never put a source of somebody where we send', () => {
    expect(names(initialLines(['audio', 'video'], [ann]))).toEqual(['-', '-', 'ann-v0']);
  });

  it('stay when their source goes, and are taken by the next of that medium', () => {
    const without = removeSources(addSources(lines, [bob]), [ann]);
    expect(names(without)).toEqual(['jvb-a0', 'jvb-v0', '-', 'bob-v0']);
    expect(names(addSources(without, [source('eve', 'audio', 21)]))).toEqual([
      'jvb-a0',
      'jvb-v0',
      '-',
      'bob-v0',
      'eve-a0',
    ]);
    expect(names(addSources(without, [source('eve', 'video', 22)]))).toEqual([
      'jvb-a0',
      'jvb-v0',
      'eve-v0',
      'bob-v0',
    ]);
  });

  it('are not changed by a source twice, by one whose SSRC is taken, or by a medium not offered', () => {
    expect(addSources(lines, [ann])).toBe(lines);
    expect(addSources(lines, [source('mallory', 'video', 11)])).toBe(lines);
    const audioOnly = initialLines(['audio'], jvb);
    expect(addSources(audioOnly, [ann])).toBe(audioOnly);
  });

  it('are emptied when their owner leaves the room', () => {
    expect(names(keepOwners(lines, new Set(['bob'])))).toEqual(['jvb-a0', 'jvb-v0', '-']);
    expect(keepOwners(lines, new Set(['ann']))).toBe(lines);
  });

  it('keep mid and medium for good, whatever comes and goes', () => {
    const step = fc.record({
      add: fc.boolean(),
      source: fc
        .tuple(fc.constantFrom('ann', 'bob', 'eve'), fc.constantFrom('audio' as const, 'video' as const))
        .map(([owner, media]) => source(owner, media, owner.charCodeAt(0) * 2 + (media === 'audio' ? 1 : 0))),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let now = initialLines(['audio', 'video'], jvb);
        for (const { add, source: each } of steps) {
          const next = add ? addSources(now, [each]) : removeSources(now, [each]);
          expect(next.slice(0, now.length).map(({ mid, media }) => `${mid} ${media}`)).toEqual(
            now.map(({ mid, media }) => `${mid} ${media}`),
          );
          const taken = names(next).filter((name) => name !== '-');
          expect(new Set(taken).size).toBe(taken.length);
          expect(new Set(next.map(({ mid }) => mid)).size).toBe(next.length);
          // Three people: never more lines than sources at one time.
          expect(next.length).toBeLessThanOrEqual(8);
          now = next;
        }
      }),
    );
  });
});
