import { expect, it } from 'vitest';
import { growth } from './growth.js';

const tolerance = { share: 0.15, absolute: 20 };

it('what is needed is flat where its lowest points are, whatever happens between them', () => {
  expect(growth([50, 150, 100, 180, 100, 170, 105, 190, 104], tolerance)).toEqual({
    before: 100,
    after: 104,
    flat: true,
  });
});

it('is not flat that grows after warming up', () => {
  expect(growth([50, 100, 100, 120, 130, 140, 180, 190, 200], tolerance).flat).toBe(false);
});

it('needs few samples', () => {
  expect(growth([100], tolerance)).toEqual({ before: 100, after: 100, flat: true });
});
