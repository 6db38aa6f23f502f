/** The handbook's tables of what is expected of focus and videobridge: what they say to hold is shown by tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const rowsOf = (page: string) =>
  readFileSync(at(`docs/handbook/${page}`), 'utf8')
    .split('\n')
    .filter((line) => /^\| [^*-]/.test(line) && !line.startsWith('| Behaviour'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, behaviour = '', file = '', titles = '', state = '']) => ({
      behaviour,
      path: quoted(file)[0],
      titles: quoted(titles),
      state,
    }));

describe.each([
  ['focus-acceptance.md', 30],
  ['videobridge-acceptance.md', 120],
])('%s', (page, least) => {
  const rows = rowsOf(page);

  test('there is something to show', () => {
    expect(rows.filter(({ path }) => path !== undefined).length).toBeGreaterThan(least);
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
});
