import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configurationPage, errorsPage } from './reference.js';
import { settings } from './schema.js';

/** The formatter folds tables and blank lines; the words are what must agree. */
const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const page = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../docs/handbook/${name}`, import.meta.url)), 'utf8');

describe('the handbook', () => {
  test('has a configuration reference that is up to date (`npm run docs`)', () => {
    expect(words(page('configuration.md'))).toBe(words(configurationPage()));
  });

  test('lists each error code (`npm run docs`)', () => {
    expect(words(page('errors.md'))).toBe(words(errorsPage()));
  });
});

describe('each setting', () => {
  test('has its own environment variable', () => {
    const variables = settings.map(({ env }) => env);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables.every((name) => /^CONCLAVE_[A-Z_0-9]+$/.test(name))).toBe(true);
  });
});
