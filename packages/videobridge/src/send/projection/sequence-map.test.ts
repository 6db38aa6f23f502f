import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SequenceMap } from './sequence-map.js';

describe('a sequence map', () => {
  it('closes the gaps of what is left out and keeps those of what was lost', () => {
    const map = new SequenceMap();
    map.start(100, 7);
    expect(map.forward(100)).toBe(7);
    map.leaveOut(101);
    expect(map.forward(102)).toBe(8);
    expect(map.forward(105)).toBe(11);
    expect(map.forward(103)).toBe(9);
    expect(map.forward(103)).toBe(-1);
    map.leaveOut(104);
    expect(map.forward(104)).toBe(-1);
    expect(map.forward(106)).toBe(12);
    expect(map.next).toBe(13);
  });

  it('knows nothing of what was before its start', () => {
    const map = new SequenceMap();
    map.start(100, 1);
    map.forward(100);
    map.start(5000, map.next);
    expect(map.forward(4999)).toBe(-1);
    expect(map.forward(101)).toBe(-1);
    expect(map.forward(5000)).toBe(2);
  });

  it('takes a jump for a new beginning', () => {
    const map = new SequenceMap();
    map.start(100, 1);
    map.forward(100);
    expect(map.forward(20_000)).toBe(2);
    expect(map.forward(19_999)).toBe(-1);
  });

  it('gives each number once, in the order of the input', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (moves) => {
        const map = new SequenceMap();
        map.start(1000, 50);
        const given = new Map<number, number>();
        let at = 1000;
        for (const [step, forwarded] of moves) {
          at = Math.max(1000, at + step);
          if (!forwarded) map.leaveOut(at);
          else {
            const output = map.forward(at);
            if (output >= 0) given.set(at, output);
          }
        }
        const outputs = [...given].sort(([a], [b]) => a - b).map(([, output]) => output);
        expect(outputs).toEqual([...new Set(outputs)].sort((a, b) => a - b));
      }),
    );
  });
});
