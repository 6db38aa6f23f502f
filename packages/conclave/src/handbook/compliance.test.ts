/** The handbook's table of compliance and doap.xml: what they claim is shown by tests that exist, and is the same. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const page = readFileSync(at('docs/handbook/compliance.md'), 'utf8');
const doap = readFileSync(at('doap.xml'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| .*(XEP-|RFC )\d/.test(line));

test('each line names at least one test', () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter((row) => !/`packages\/[^`]+\.test\.ts`/.test(row))).toEqual([]);
});

test('each test that is named exists', () => {
  const named = [...page.matchAll(/`(packages\/[^`]+)`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(at(path)))).toEqual([]);
});

test('doap.xml claims all that the page claims', () => {
  const claimed = new Set(
    rows.flatMap((row) => [...row.matchAll(/XEP-(\d{4})/g)].map(([, number]) => number)),
  );
  const told = new Set([...doap.matchAll(/xep-(\d{4})\.html/g)].map(([, number]) => number));
  expect([...claimed].filter((number) => !told.has(number))).toEqual([]);
});
