/** Whether the memory of processes stays what it was once they have warmed up. */
import { readFileSync } from 'node:fs';

/** Of what a process may grow: a share of it, and what the pages of an allocator make up, in MiB. */
const tolerance = { share: 0.15, absolute: 20 };

/** Memory in RAM that is the process's, in MiB. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

export interface Growth {
  /** MiB: the lowest of the samples after the first third, and of the last third. */
  readonly before: number;
  readonly after: number;
  readonly flat: boolean;
}

/**
 * Compares the lowest points: what a process comes back to is what it needs, what is above has not been collected yet.
 * @param samples MiB, at equal intervals; the first third is warming up
 */
export function growth(samples: readonly number[]): Growth {
  const third = Math.floor(samples.length / 3);
  const before = Math.min(...samples.slice(third, 2 * third));
  const after = Math.min(...samples.slice(-Math.max(1, third)));
  return { before, after, flat: after <= before * (1 + tolerance.share) + tolerance.absolute };
}
