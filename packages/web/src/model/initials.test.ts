import { describe, expect, it } from 'vitest';
import { colourIndex, initials } from './initials.js';

describe('what stands for a face', () => {
  it.each([
    ['Marta Kowalska', 'MK'],
    ['ada', 'A'],
    ['Anna Maria van Dyk', 'AD'],
    ['𝒳 y', '𝒳Y'],
    ['  ', '?'],
  ])('of %j is %s', (name, letters) => expect(initials(name)).toBe(letters));

  it('has the same colour for everyone who looks', () => {
    expect(colourIndex('1a2b3c4d', 6)).toBe(colourIndex('1a2b3c4d', 6));
    expect(new Set(Array.from({ length: 50 }, (_, index) => colourIndex(`id${index}`, 6))).size).toBe(6);
  });
});
