/** What a process has used up, as Linux tells (proc(5)). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const microsecondsPerTick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Microseconds. */
export interface CpuTime {
  /** Of all threads that run now, to the nanosecond. */
  readonly total: number;
  /** Of that, in user mode and in the kernel, as far as the clock's ticks tell: 10 ms on most machines. */
  readonly user: number;
  readonly system: number;
}

export function cpuTime(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map((ticks) => Number(ticks) * microsecondsPerTick);
  return { total: scheduled(pid) ?? user + system, user, system };
}

/** Undefined: the kernel does not count (CONFIG_SCHED_INFO). */
function scheduled(pid: number): number | undefined {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10);
    } catch {
      // The thread has ended meanwhile. Those of a server at work do not.
    }
  }
  return nanoseconds === 0 ? undefined : nanoseconds / 1000;
}

/** Memory in RAM that is the process's, in KiB. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
