import type { MediaType, SourceGroup, SourceSet } from '@conclave/signaling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SOURCES, withoutSimulcast } from './source-set.js';
import { SourceSignaling, type SourcesByOwner } from './source-signaling.js';

const video = (ssrcs: number[], groups: SourceGroup[] = []): SourceSet => ({
  ...NO_SOURCES,
  video: { sources: ssrcs.map((ssrc) => ({ ssrc })), groups },
});
const audio = (...ssrcs: number[]): SourceSet => ({
  ...NO_SOURCES,
  audio: { sources: ssrcs.map((ssrc) => ({ ssrc })), groups: [] },
});
const receiver = (media: MediaType[] = ['audio', 'video'], stripSimulcast = true, ssrcRewriting = false) =>
  new SourceSignaling({ media: new Set(media), stripSimulcast, ssrcRewriting });

/** SSRCs by owner. */
const ssrcs = (sources: SourcesByOwner) =>
  Object.fromEntries(
    [...sources].map(([owner, set]) => [
      owner,
      [...set.audio.sources, ...set.video.sources].map(({ ssrc }) => ssrc),
    ]),
  );
const flush = (signaling: SourceSignaling) => {
  const { add, remove } = signaling.update();
  return { add: ssrcs(add), remove: ssrcs(remove) };
};
const NOTHING = { add: {}, remove: {} };

describe('what a receiver is told of sources', () => {
  it('is nothing but those of the bridge, where the bridge rewrites SSRCs', () => {
    const signaling = receiver(['audio', 'video'], true, true);
    expect(
      ssrcs(
        signaling.reset(
          new Map([
            ['jvb', audio(9)],
            ['a', audio(1)],
          ]),
        ),
      ),
    ).toEqual({ jvb: [9] });
    signaling.add('b', audio(2));
    signaling.remove('a', audio(1));
    expect(flush(signaling)).toEqual(NOTHING);
  });

  it('is each change once', () => {
    const signaling = receiver();
    signaling.add('a', audio(1));
    expect(flush(signaling)).toEqual({ add: { a: [1] }, remove: {} });
    expect(flush(signaling)).toEqual(NOTHING);
    signaling.remove('a', audio(1));
    expect(flush(signaling)).toEqual({ add: {}, remove: { a: [1] } });
    expect(flush(signaling)).toEqual(NOTHING);
  });

  it('merges what is added before it is told', () => {
    const signaling = receiver();
    signaling.add('a', audio(1));
    signaling.add('a', video([2]));
    signaling.add('b', audio(3));
    expect(flush(signaling)).toEqual({ add: { a: [1, 2], b: [3] }, remove: {} });
  });

  it('is nothing of what is added and removed meanwhile', () => {
    const signaling = receiver();
    signaling.add('a', audio(1));
    signaling.remove('a', audio(1));
    expect(flush(signaling)).toEqual(NOTHING);
  });

  it('is a removal and an addition at once when one replaces the other', () => {
    const signaling = receiver();
    signaling.reset(new Map([['a', audio(1)]]));
    signaling.remove('a', audio(1));
    signaling.add('a', audio(2));
    expect(flush(signaling)).toEqual({ add: { a: [2] }, remove: { a: [1] } });
  });

  it('is nothing of what the offer said already', () => {
    const signaling = receiver();
    signaling.add('z', audio(9));
    expect(ssrcs(signaling.reset(new Map([['a', audio(1)]])))).toEqual({ a: [1] });
    expect(flush(signaling)).toEqual(NOTHING);
  });

  it('is nothing of an owner who left the room', () => {
    const signaling = receiver();
    signaling.reset(new Map([['a', audio(1)]]));
    signaling.forget('a');
    expect(flush(signaling)).toEqual(NOTHING);
  });

  it('is only what it can play', () => {
    const signaling = receiver(['audio']);
    signaling.add('a', video([1]));
    signaling.add('b', audio(2));
    expect(flush(signaling)).toEqual({ add: { b: [2] }, remove: {} });
    expect(ssrcs(signaling.reset(new Map([['a', video([1])]])))).toEqual({});
  });

  const layers = video(
    [1, 2, 3, 11, 12, 13, 7],
    [
      { semantics: 'SIM', ssrcs: [1, 2, 3] },
      { semantics: 'FID', ssrcs: [1, 11] },
      { semantics: 'FID', ssrcs: [2, 12] },
      { semantics: 'FID', ssrcs: [3, 13] },
    ],
  );

  it('is of simulcast the first layer with its retransmissions', () => {
    expect(withoutSimulcast(layers)).toEqual(video([1, 11, 7], [{ semantics: 'FID', ssrcs: [1, 11] }]));
    const signaling = receiver();
    signaling.add('a', layers);
    expect(flush(signaling)).toEqual({ add: { a: [1, 11, 7] }, remove: {} });
    signaling.remove('a', layers);
    expect(flush(signaling)).toEqual({ add: {}, remove: { a: [1, 11, 7] } });
  });

  it('is all of simulcast where nothing is stripped', () => {
    const signaling = receiver(['video'], false);
    signaling.add('a', layers);
    expect(flush(signaling).add).toEqual({ a: [1, 2, 3, 11, 12, 13, 7] });
  });

  it('adds up to what the others send, whenever it is told', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constantFrom('add', 'remove'),
        owner: fc.constantFrom('a', 'b'),
        ssrc: fc.nat(6),
      }),
      fc.constant({ kind: 'flush', owner: '', ssrc: 0 }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const signaling = receiver();
        const truth = new Set<string>();
        const told = new Set<string>();
        const tell = () => {
          const { add, remove } = flush(signaling);
          for (const [owner, list] of Object.entries(remove)) {
            for (const ssrc of list) expect(told.delete(`${owner}${ssrc}`)).toBe(true);
          }
          for (const [owner, list] of Object.entries(add)) {
            for (const ssrc of list) {
              expect(told).not.toContain(`${owner}${ssrc}`);
              told.add(`${owner}${ssrc}`);
            }
          }
        };
        for (const { kind, owner, ssrc } of steps) {
          if (kind === 'flush') tell();
          else if (kind === 'add') {
            signaling.add(owner, audio(ssrc));
            truth.add(`${owner}${ssrc}`);
          } else {
            signaling.remove(owner, audio(ssrc));
            truth.delete(`${owner}${ssrc}`);
          }
        }
        tell();
        expect(told).toEqual(truth);
      }),
    );
  });
});
