/** A process of the benchmark, which is told something and tells something. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Place } from './namespaces.js';

export class Worker<Command extends object, Reply extends { readonly kind: string }> {
  readonly #child: ChildProcess;
  readonly #replies: Reply[] = [];
  readonly #ended: Promise<never>;
  #wake: () => void = () => undefined;

  /** @param heard of each reply; true: it is dealt with */
  constructor(
    file: string,
    { command, address }: Place,
    private readonly heard: (reply: Reply) => boolean = () => false,
  ) {
    const profile = process.env['BENCH_CPU_PROF'];
    const [program, ...args] = [
      ...command,
      process.execPath,
      // Ours is started like this; the loop has the same.
      `--import=${import.meta.resolve('@conclave/videobridge/young-generation')}`,
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}/${file}`]),
      fileURLToPath(new URL(file, import.meta.url)),
    ];
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, BENCH_ADDRESS: address },
    });
    this.#child.on('message', (reply) => {
      if (this.heard(reply as Reply)) return;
      this.#replies.push(reply as Reply);
      this.#wake();
    });
    const kill = (): void => void this.#child.kill();
    process.once('exit', kill);
    this.#ended = new Promise((_, reject) => {
      this.#child.once('exit', (code) => {
        process.off('exit', kill);
        reject(new Error(`${file} ended with ${code ?? 'a signal'}`));
      });
      this.#child.once('error', reject);
    });
    // Nobody may be waiting for it.
    this.#ended.catch(() => undefined);
  }

  tell(command: Command): void {
    if (this.#child.connected) this.#child.send(command);
  }

  /** The next reply of a kind. Rejects when the process ends before. */
  async reply<Kind extends Reply['kind']>(kind: Kind): Promise<Extract<Reply, { kind: Kind }>> {
    for (;;) {
      const index = this.#replies.findIndex((reply) => reply.kind === kind);
      const [reply] = index < 0 ? [] : this.#replies.splice(index, 1);
      if (reply !== undefined) return reply as Extract<Reply, { kind: Kind }>;
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.#ended]);
    }
  }
}
