/** Our own server, and the least that Node can do, each in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, type Server } from './server.js';

/** What the process tells; whatever it is sent asks it to collect its garbage. */
export type ServerReply =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'collected'; readonly slack: number };

/** How our server is run: `tls` and no plain streams; `sparse`: without the modules that a room can do without; `archive`: keeps all messages. */
export type Variant = 'plain' | 'tls' | 'sparse' | 'archive';

export async function startConclave(variant: Variant): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-conclave-'));
  const profile = process.env['BENCH_CPU_PROF'];
  const profiling =
    profile === undefined || variant === 'tls' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const name = variant === 'plain' ? 'conclave' : `conclave, ${variant}`;
  return start(name, './conclave-process.js', [directory, variant], {
    tls: variant === 'tls',
    options: profiling,
    stopped: () => rm(directory, { recursive: true }),
  });
}

export function startBare(): Promise<Server> {
  return start('bare', './bare-process.js', [], {
    tls: false,
    options: [],
    stopped: () => Promise.resolve(),
  });
}

interface Details {
  readonly tls: boolean;
  /** Of Node. */
  readonly options: readonly string[];
  readonly stopped: () => Promise<void>;
}

async function start(
  name: string,
  file: string,
  args: readonly string[],
  { tls, options, stopped }: Details,
): Promise<Server> {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc', ...options] });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${String(code)}`);
  });
  const [reply] = (await Promise.race([once(child, 'message'), gone])) as [ServerReply];
  gone.catch(() => undefined);
  return {
    name,
    pid: child.pid ?? 0,
    port: reply.kind === 'listening' ? reply.port : 0,
    tls,
    collect: async () => {
      child.send('collect');
      const [answer] = (await once(child, 'message')) as [ServerReply];
      return answer.kind === 'collected' ? answer.slack : 0;
    },
    stop: async () => {
      await end(child);
      await stopped();
    },
  };
}
