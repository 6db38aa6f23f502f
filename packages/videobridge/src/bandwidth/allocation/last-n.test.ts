import { describe, expect, it } from 'vitest';

import { lastNOfSize, smallestLastN } from './last-n.js';

describe('the limits on what anybody is sent', () => {
  it('all count: the smallest that is set', () => {
    expect(smallestLastN(3, -1, 5)).toBe(3);
    expect(smallestLastN(0, 3)).toBe(0);
    expect(smallestLastN(-1, -1)).toBe(-1);
    expect(smallestLastN()).toBe(-1);
  });

  it.each([
    [19, -1],
    [20, 20],
    [29, 20],
    [30, 15],
    [49, 15],
    [50, 0],
    [1000, 0],
  ])('in a conference of %i are %i', (size, lastN) => {
    const bySize = new Map([
      [30, 15],
      [20, 20],
      [50, 0],
    ]);
    expect(lastNOfSize(bySize, size)).toBe(lastN);
  });

  it('may be none, whatever the size', () => {
    expect(lastNOfSize(new Map(), 1000)).toBe(-1);
  });
});
