import type { Source, SourceGroup, SourceSet } from '@conclave/signaling';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isEmpty, NO_SOURCES, sourceCount } from './source-set.js';
import { type SourceChange, SourceTable } from './source-table.js';

const limits = { maxSourcesPerParticipant: 20, maxGroupsPerParticipant: 20 };

const source = (ssrc: number, msid?: string, rest: Partial<Source> = {}): Source => ({
  ssrc,
  ...(msid !== undefined && { msid }),
  ...rest,
});
const fid = (...ssrcs: number[]): SourceGroup => ({ semantics: 'FID', ssrcs });
const sim = (...ssrcs: number[]): SourceGroup => ({ semantics: 'SIM', ssrcs });
const audio = (...sources: Source[]): SourceSet => ({ ...NO_SOURCES, audio: { sources, groups: [] } });
const video = (sources: Source[], groups: SourceGroup[] = []): SourceSet => ({
  ...NO_SOURCES,
  video: { sources, groups },
});
/** Three layers, each with its retransmissions, as a browser signals a camera. */
const simulcast = (first: number, msid: string) =>
  video(
    [0, 1, 2, 3, 4, 5].map((n) => source(first + n, msid)),
    [
      sim(first, first + 1, first + 2),
      fid(first, first + 3),
      fid(first + 1, first + 4),
      fid(first + 2, first + 5),
    ],
  );

const reason = (change: SourceChange) => (change.kind === 'refused' ? change.reason : undefined);

describe('the sources of a conference', () => {
  let table: SourceTable;
  beforeEach(() => void (table = new SourceTable(limits)));

  describe('when added', () => {
    it('are kept by owner', () => {
      expect(table.add('a', simulcast(10, 's t')).kind).toBe('changed');
      expect(table.of('a')).toEqual(simulcast(10, 's t'));
      expect([...table.allBut('b').keys()]).toEqual(['a']);
      expect([...table.allBut('a').keys()]).toEqual([]);
    });

    it.each([0, -1, 2 ** 32, 1.5, Number.NaN])('have a possible SSRC, not %d', (ssrc) =>
      expect(reason(table.add('a', audio(source(ssrc, 's t'))))).toMatch(/invalid SSRC/),
    );

    it('have an SSRC that nobody in the conference uses, themselves included', () => {
      table.add('a', audio(source(1, 's t')));
      expect(reason(table.add('b', audio(source(1, 's2 t'))))).toMatch(/already used/);
      expect(reason(table.add('a', audio(source(1, 's t'))))).toMatch(/already used/);
      expect(reason(table.add('a', audio(source(2), source(2))))).toMatch(/already used/);
      expect(reason(table.add('b', video([source(1, 's3 t')])))).toMatch(/already used/);
    });

    it('have an msid of their own endpoint', () => {
      table.add('a', audio(source(1, 's t')));
      expect(reason(table.add('b', video([source(2, 's t')])))).toMatch(/msid .* used by another/);
    });

    it('may share an msid between audio and video of one endpoint, but not between two tracks of a medium', () => {
      table.add('a', audio(source(1, 's t')));
      expect(table.add('a', video([source(2, 's t')])).kind).toBe('changed');
      expect(reason(table.add('a', video([source(3, 's t')])))).toMatch(/share an msid/);
      expect(table.add('a', video([source(4), source(5)])).kind).toBe('changed');
    });

    it.each(['b-v0', 'a-a0', 'a-v', 'ab-v0', 'a-v0x', 'jvb-v0'])('do not take the name %s', (name) =>
      expect(reason(table.add('a', video([source(1, 's t', { name })])))).toMatch(/name of another/),
    );

    it('may have their own name', () => {
      expect(table.add('a', video([source(1, 's t', { name: 'a-v12' })])).kind).toBe('changed');
    });

    it.each([
      ['a group whose source is missing', video([source(1, 's t')], [fid(1, 2)])],
      ['an FID group of one', video([source(1, 's t')], [fid(1)])],
      [
        'an FID group of three',
        video(
          [1, 2, 3].map((n) => source(n, 's t')),
          [fid(1, 2, 3)],
        ),
      ],
      ['a group without msids', video([source(1), source(2)], [fid(1, 2)])],
      ['a group with two msids', video([source(1, 's t'), source(2, 's u')], [fid(1, 2)])],
      ['a group that names an SSRC twice', video([source(1, 's t')], [fid(1, 1)])],
      [
        'a source outside a group with its msid',
        video(
          [1, 2, 3].map((n) => source(n, 's t')),
          [fid(1, 2)],
        ),
      ],
    ])('are refused with %s', (_, set) => {
      expect(table.add('a', set).kind).toBe('refused');
      expect(isEmpty(table.of('a'))).toBe(true);
    });

    it('may bring groups for sources that were there before; known and empty groups say nothing', () => {
      table.add('a', video([source(1, 's t')]));
      expect(table.add('a', video([source(2, 's t')], [fid(1, 2), sim()]))).toEqual({
        kind: 'changed',
        sources: video([source(2, 's t')], [fid(1, 2)]),
      });
      expect(table.add('a', video([], [fid(1, 2)]))).toEqual({ kind: 'changed', sources: NO_SOURCES });
    });

    it('stay within the limits, reached at once or in steps', () => {
      const many = (first: number, n: number) =>
        audio(...Array.from({ length: n }, (_, i) => source(first + i)));
      expect(reason(table.add('a', many(1, 21)))).toMatch(/source limit/);
      expect(table.add('a', many(1, 20)).kind).toBe('changed');
      expect(reason(table.add('a', many(50, 1)))).toMatch(/source limit/);
      expect(table.add('b', many(50, 1)).kind).toBe('changed');
      const few = new SourceTable({ ...limits, maxGroupsPerParticipant: 3 });
      expect(reason(few.add('a', simulcast(1, 's t')))).toMatch(/group limit/);
    });

    it('change nothing when one of them is refused', () => {
      table.add('a', audio(source(1, 's t')));
      table.add('b', audio(source(7)));
      expect(table.add('a', audio(source(2, 's u'), source(7))).kind).toBe('refused');
      expect(table.of('a')).toEqual(audio(source(1, 's t')));
      expect(table.add('c', audio(source(2, 's u'))).kind).toBe('changed');
    });
  });

  describe('when removed', () => {
    it('are found by SSRC alone, and take every group that touches them', () => {
      table.add('a', simulcast(10, 's t'));
      const bare = video([10, 11, 12, 13, 14, 15].map((ssrc) => source(ssrc)));
      expect(table.remove('a', bare)).toEqual({ kind: 'changed', sources: simulcast(10, 's t') });
      expect(isEmpty(table.of('a'))).toBe(true);
    });

    it('are sources of that endpoint', () => {
      table.add('a', audio(source(1, 's t')));
      expect(reason(table.remove('b', audio(source(1))))).toMatch(/not a source of this endpoint/);
      expect(reason(table.remove('a', audio(source(2))))).toMatch(/not a source of this endpoint/);
      expect(reason(table.remove('a', video([], [fid(1, 2)])))).toMatch(/no such source group/);
    });

    it('leave something that is valid: half a simulcast set is not', () => {
      table.add('a', simulcast(10, 's t'));
      expect(table.remove('a', video([source(12)])).kind).toBe('refused');
      expect(table.of('a')).toEqual(simulcast(10, 's t'));
    });

    it('can be used again by anybody', () => {
      table.add('a', audio(source(1, 's t')));
      table.remove('a', audio(source(1)));
      expect(table.add('b', audio(source(1, 's t'))).kind).toBe('changed');
      table.removeOwner('b');
      expect(table.add('c', audio(source(1, 's t'))).kind).toBe('changed');
    });
  });

  it('never has an SSRC twice, whatever is asked', () => {
    const change = fc.record({
      owner: fc.constantFrom('a', 'b', 'c'),
      add: fc.boolean(),
      ssrcs: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const fresh = new SourceTable({ ...limits, maxSourcesPerParticipant: 5 });
        for (const { owner, add, ssrcs } of changes) {
          const before = sourceCount(fresh.of(owner));
          const set = audio(...ssrcs.map((ssrc) => source(ssrc)));
          const { kind } = add ? fresh.add(owner, set) : fresh.remove(owner, set);
          const after = before + (kind === 'refused' ? 0 : add ? ssrcs.length : -ssrcs.length);
          expect(sourceCount(fresh.of(owner))).toBe(after);
          expect(after).toBeLessThanOrEqual(5);
        }
        const all = [...fresh.allBut('nobody').values()].flatMap((set) => set.audio.sources);
        expect(new Set(all.map(({ ssrc }) => ssrc)).size).toBe(all.length);
      }),
    );
  });
});
