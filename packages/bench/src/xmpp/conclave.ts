/** Our own server, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, type Server } from './server.js';

/** What the process tells; whatever it is sent asks it to collect its garbage. */
export type ServerReply =
  { readonly kind: 'listening'; readonly port: number } | { readonly kind: 'collected' };

export async function startConclave(protection: 'plain' | 'tls'): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-conclave-'));
  const profile = process.env['BENCH_CPU_PROF'];
  const profiling =
    profile === undefined || protection === 'tls' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const child = fork(new URL('./conclave-process.js', import.meta.url), [directory, protection], {
    execArgv: ['--expose-gc', ...profiling],
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`our server ended with ${String(code)}`);
  });
  const [reply] = (await Promise.race([once(child, 'message'), gone])) as [ServerReply];
  return {
    name: protection === 'tls' ? 'conclave with TLS' : 'conclave',
    pid: child.pid ?? 0,
    port: reply.kind === 'listening' ? reply.port : 0,
    tls: protection === 'tls',
    collect: async () => {
      child.send('collect');
      await once(child, 'message');
    },
    stop: async () => {
      await end(child);
      await rm(directory, { recursive: true });
    },
  };
}
