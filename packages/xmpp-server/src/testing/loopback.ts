/** Servers of others that tests start on the loopback interface: a port for each, and when it is up. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import getPort from 'get-port';
import isPortReachable from 'is-port-reachable';

const host = '127.0.0.1';

/** Milliseconds that a server has to come up. */
const patience = 30_000;

/** A port that nobody uses. */
export const freePort = (): Promise<number> => getPort({ host });

/** Resolves when a process that was just started takes connections. Rejects when it ends instead, or takes too long. */
export async function comesUp(name: string, child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await isPortReachable(port, { host }))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not come up`);
    }
    await sleep(20);
  }
}
