import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sequenceDistance, SequenceUnwrapper } from './sequence.js';

describe('sequence numbers', () => {
  it('are as far apart as the shorter way round', () => {
    expect(sequenceDistance(65535, 0)).toBe(1);
    expect(sequenceDistance(0, 65535)).toBe(-1);
    expect(sequenceDistance(10, 10)).toBe(0);
  });

  it('grow on beyond their wrap, and find their place when late', () => {
    const steps = fc.array(fc.integer({ min: -1000, max: 30_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), steps, (first, moves) => {
        const unwrapper = new SequenceUnwrapper();
        const start = unwrapper.unwrap(first);
        let newest = start;
        for (const move of moves) {
          const truth = Math.max(start, newest + move);
          expect(unwrapper.unwrap(truth & 0xffff)).toBe(truth);
          newest = Math.max(newest, truth);
        }
      }),
    );
  });
});
