import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { conclave } from './conclave.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = async (args: string[], environment: NodeJS.ProcessEnv = {}) => {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await conclave(args, {
    environment,
    directory,
    stdin: Readable.from([]),
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
    prompt: () => undefined,
  });
  return { code, out: lines.out.join('\n'), err: lines.err };
};

describe('conclave', () => {
  test('config shows the effective values and where they come from: exit 0', async () => {
    writeFileSync(join(directory, 'other.yaml'), 'http:\n  port: 81\n');
    const { code, out, err } = await run(['config', '--config', 'other.yaml'], {
      CONCLAVE_DOMAIN: 'meet.example',
    });
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toMatch(/^domain +meet\.example +environment, CONCLAVE_DOMAIN$/m);
    expect(out).toMatch(/^http\.port +81 +.*other\.yaml:2$/m);
  });

  test.each([['config'], ['start'], ['focus']])(
    '%s says all that is wrong with the configuration: exit 2',
    async (command) => {
      writeFileSync(join(directory, 'conclave.yaml'), 'domian: x\nhttp: { port: many }\n');
      const { code, err } = await run([command]);
      expect(code).toBe(2);
      expect(err).toMatchObject([
        expect.stringMatching(/^conclave: CONF-003 .*line 1: .*did you mean `domain`\?/) as string,
        expect.stringMatching(/^conclave: CONF-004 .*line 2: /) as string,
      ]);
    },
  );

  test.each([[[]], [['dance']], [['start', '--now']], [['start', 'focus']]])(
    'wrong usage %j: exit 2, one line',
    async (args) => {
      const { code, out, err } = await run(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toHaveLength(1);
    },
  );
});
