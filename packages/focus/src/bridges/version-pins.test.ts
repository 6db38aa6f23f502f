import { expect, it } from 'vitest';
import { VersionPins } from './version-pins.js';

it('a room stays pinned until its time is over, it is pinned anew, or released', () => {
  let now = 0;
  const pins = new VersionPins(() => now);
  expect(pins.versionFor('a')).toBeUndefined();
  pins.pin('a', '2.3', 1_000);
  pins.pin('b', '2.3', 1_000);
  pins.pin('b', '2.4', 5_000);
  now = 999;
  expect([pins.versionFor('a'), pins.versionFor('b')]).toEqual(['2.3', '2.4']);
  now = 1_000;
  expect(pins.versionFor('a')).toBeUndefined();
  expect([...pins.all()]).toEqual([['b', { version: '2.4', until: 5_000 }]]);
  expect(pins.unpin('a')).toBe(false);
  expect(pins.unpin('b')).toBe(true);
  expect(pins.versionFor('b')).toBeUndefined();
});

it('pins do not fill the memory', () => {
  let now = 0;
  const pins = new VersionPins(() => now);
  for (let n = 0; n < 10_000; n += 1) pins.pin(`room${n}`, '1', 1_000);
  expect(pins.pin('one-more', '1', 1_000)).toBe(false);
  expect(pins.pin('room1', '2', 1_000)).toBe(true);
  now = 1_000;
  expect(pins.pin('one-more', '1', 1_000)).toBe(true);
});
