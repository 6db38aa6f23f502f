/** What a process has used up, as Linux tells (proc(5)). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const microsecondsPerTick = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of all threads, in user mode and in the kernel, in microseconds. */
export function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime] = fields.slice(11, 13).map(Number);
  return ((utime ?? 0) + (stime ?? 0)) * microsecondsPerTick;
}

/** Memory in RAM that is the process's, in KiB. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
