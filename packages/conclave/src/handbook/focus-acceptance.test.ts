/** The handbook's table of what is expected of the focus: what it says to hold is shown by tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const rows = readFileSync(at('docs/handbook/focus-acceptance.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [^*-]/.test(line) && !line.startsWith('| Behaviour'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, behaviour = '', file = '', titles = '', state = '']) => ({
    behaviour,
    path: quoted(file)[0],
    titles: quoted(titles),
    state,
  }));

test('there is something to show', () => {
  expect(rows.filter(({ path }) => path !== undefined).length).toBeGreaterThan(30);
});

test.each(rows)('$behaviour', ({ path, titles, state }) => {
  if (path === undefined) {
    expect(state).toMatch(/^not yet/);
    return;
  }
  expect(state).toMatch(/^holds/);
  expect(titles).not.toEqual([]);
  expect(existsSync(at(path))).toBe(true);
  const source = readFileSync(at(path), 'utf8');
  for (const title of titles) expect(source).toContain(`'${title}'`);
});
