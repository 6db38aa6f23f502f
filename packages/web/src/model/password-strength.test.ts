import { expect, it } from 'vitest';
import { passwordStrength } from './password-strength.js';

it.each([
  ['', 'weak'],
  ['secret', 'weak'],
  ['Password1234567', 'weak'],
  ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
  ['abcdefghijklmnopqrst', 'weak'],
  ['Tr0ub4dor', 'fair'],
  ['correct horse battery staple', 'strong'],
  ['k7!Rw2_zQp4x', 'strong'],
])('%s is %s', (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});

it('what others know of somebody does not make a password stronger', () => {
  expect(passwordStrength('annabelle-meier')).toBe('strong');
  expect(passwordStrength('annabelle-meier', ['annabelle', 'meier'])).toBe('weak');
});
