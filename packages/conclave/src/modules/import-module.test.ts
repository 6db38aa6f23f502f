/** What Node does with modules that lie elsewhere; the tests' own resolver stands between in all other tests. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const hook = new URL('../../bin/resolve-from-here.mjs', import.meta.url).href;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-module-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const imported = (text: string): string => {
  const file = join(directory, 'module.mjs');
  writeFileSync(file, text);
  const script = `
    import { register } from 'node:module';
    register('${hook}');
    await import('${pathToFileURL(file).href}?changed=1').then(
      (module) => console.log(module.default),
      (error) => console.log(error.message),
    );`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
};

test('what Conclave is made with is found from anywhere, other things only where they are', () => {
  expect(imported("import { z } from 'zod'; export default z.string().parse('found');")).toBe('found\n');
  expect(imported("import 'pino';")).toContain("Cannot find package 'pino'");
});
