/** The handbook's acceptance table of conferences: each line names tests that exist, or says why there are none. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), 'utf8');
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const rows = read('docs/handbook/conference-modules.md')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.slice(2, -2).split(/ ?\| ?/))
  .map(([line = '', file = '', titles = '', state = '']) => ({
    line,
    path: quoted(file)[0],
    titles: quoted(titles),
    state,
  }));

/** The numbers that `12`, `12, 14` and `12 to 14` mean. */
function numbers(line: string): number[] {
  const [first = '', last] = /^\d+ to \d+/.test(line) ? line.split(' to ') : [];
  if (last !== undefined) {
    const from = Number(first);
    return Array.from({ length: Number.parseInt(last, 10) - from + 1 }, (_, index) => from + index);
  }
  return (/^[\d, ]+/.exec(line)?.[0] ?? '').split(',').map(Number);
}

test('all ninety lines are there, each once', () => {
  const all = rows.flatMap(({ line }) => numbers(line)).sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
});

test.each(rows)('$line', ({ path, titles, state }) => {
  expect(state).not.toBe('');
  if (path === undefined) {
    expect(state).not.toMatch(/^holds/);
    return;
  }
  expect(titles).not.toEqual([]);
  expect(existsSync(at(path))).toBe(true);
  const source = read(path);
  for (const title of titles) expect(source).toContain(`'${title}'`);
});
