import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';

import { observerSource } from './loop-watchdog.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly stuckMs?: number;
  readonly stack?: readonly string[];
  readonly bridge?: string;
}

/** A process whose loop beats until it runs `work`, and which is watched the way the bridge is, but faster. */
function watched(work: string, endAfter: number) {
  const program = `
    const { Worker } = require('node:worker_threads');
    const beats = new SharedArrayBuffer(4);
    const settings = { beats, interval: 100, reportAfter: 3, endAfter: ${endAfter}, labels: { bridge: 'jvb-1' } };
    new Worker(${JSON.stringify(observerSource)}, { eval: true, workerData: settings }).once('online', () => {
      const counter = new Int32Array(beats);
      setInterval(() => Atomics.add(counter, 0, 1), 20);
      setTimeout(work, 200);
    });
    function grind() { for (;;) {} }
    function grindFor(ms) { const until = Date.now() + ms; while (Date.now() < until) {} }
    function work() { ${work} }
  `;
  child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  let wake = (): void => undefined;
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    wake();
  });
  const said = async (msg: string): Promise<Line> => {
    for (;;) {
      const found = lines.find((line) => line.msg === msg);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { child, lines, said };
}

let child: ReturnType<typeof spawn> | undefined;
afterEach(() => child?.kill('SIGKILL'));

describe('a process whose loop is stuck', () => {
  it('says where, and is ended', async () => {
    const { child: stuck, lines } = watched('grind()', 15);
    const [code, signal] = (await once(stuck, 'close')) as [number | null, string | null];
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [50, 'the event loop is stuck'],
      [50, 'where the event loop is stuck'],
      [60, 'the event loop is stuck for good: the process ends'],
    ]);
    expect(lines[0]).toMatchObject({ bridge: 'jvb-1', stuckMs: 300 });
    expect(lines[1]?.stack?.[0]).toMatch(/^grind .*:\d+$/);
    expect(lines[1]?.stack?.[1]).toMatch(/^work /);
  });

  it('goes on when it comes round in time, and says so', async () => {
    const { child: busy, said } = watched('grindFor(1000)', 1000);
    expect((await said('where the event loop is stuck')).stack?.[0]).toMatch(/^grindFor /);
    expect((await said('the event loop turns again')).stuckMs).toBeGreaterThanOrEqual(300);
    expect(busy.exitCode).toBe(null);
  });

  it('is only reported on where that is wanted', async () => {
    const { child: stuck, said } = watched('grindFor(2500)', 0);
    await said('the event loop turns again');
    expect([stuck.exitCode, stuck.signalCode]).toEqual([null, null]);
  });
});
