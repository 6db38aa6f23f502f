import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestGrid } from './grid.js';

describe('the grid', () => {
  it.each([
    [1, 1600, 900, 1],
    [2, 1600, 700, 2],
    [4, 1600, 900, 2],
    [9, 1600, 900, 3],
    [2, 390, 760, 1],
    [3, 320, 600, 1],
  ])('of %i in %i × %i has %i columns', (count, width, height, columns) => {
    expect(bestGrid({ count, width, height, gap: 8 }).columns).toBe(columns);
  });

  it('never is wider than its space, and scrolls rather than shrink to nothing', () => {
    const size = fc.integer({ min: 200, max: 3000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), size, size, (count, width, height) => {
        const grid = bestGrid({ count, width, height, gap: 8 });
        expect(grid.columns * grid.width + 8 * (grid.columns - 1)).toBeLessThanOrEqual(width);
        expect(grid.width).toBeGreaterThanOrEqual(96);
      }),
    );
  });
});
