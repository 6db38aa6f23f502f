/** Garbage is collected in a process of Node that was started with `--expose-gc`. */
import { getHeapStatistics } from 'node:v8';

/** @returns KiB that the heap holds on to without there being anything in them: what garbage has left */
export function collectGarbage(): number {
  for (let pass = 0; pass < passes; pass++) global.gc?.();
  const { total_physical_size: held, used_heap_size: used } = getHeapStatistics();
  return (held - used) / 1024;
}

/** What the first finds dead may have kept something else alive by its finalizer. */
const passes = 3;
