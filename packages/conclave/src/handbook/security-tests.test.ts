/** The handbook's table of attacks: each is shown by tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), 'utf8');
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const rows = read('docs/handbook/security-tests.md')
  .split('\n')
  .filter((line) => line.includes('.test.ts` | '))
  .map((line) => line.split(' | ').map((cell) => cell.trim()))
  .map(([attack = '', file = '', titles = '']) => ({
    attack,
    path: quoted(file)[0] ?? '',
    titles: quoted(titles),
  }));

test('there is something to show', () => {
  expect(rows.length).toBeGreaterThan(60);
});

test.each(rows)('$attack', ({ path, titles }) => {
  expect(titles).not.toEqual([]);
  expect(existsSync(at(path))).toBe(true);
  const source = read(path);
  for (const title of titles) expect(source).toContain(`'${title}'`);
});

test('secrets are compared in constant time', () => {
  const comparing = [
    'accounts/sasl/scram',
    'accounts/internal-hashed',
    's2s/dialback',
    'session/component-stream',
  ];
  for (const file of comparing) expect(read(`packages/xmpp-server/src/${file}.ts`)).toContain('sameSecret(');
  const keys = read('packages/xmpp-server/src/accounts/sasl/scram-keys.ts');
  expect(keys).toMatch(/function sameSecret[^}]*timingSafeEqual\(/);
  expect(read('packages/xmpp-server/src/muc/concerns/password.ts')).toContain('timingSafeEqual(');
});
