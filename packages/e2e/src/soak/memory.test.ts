import { expect, it } from 'vitest';
import { growth } from './memory.js';

it('memory is flat where its lowest points are, whatever happens between them', () => {
  expect(growth([50, 150, 100, 180, 100, 170, 105, 190, 104])).toEqual({
    before: 100,
    after: 104,
    flat: true,
  });
});

it('memory is not flat that grows after warming up', () => {
  expect(growth([50, 100, 100, 120, 130, 140, 180, 190, 200]).flat).toBe(false);
});
