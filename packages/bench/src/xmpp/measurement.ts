/** What one unit of work costs a server's process, and how results are put into one number. */
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../median.js';
import type { Crowd } from './crowd.js';
import { cpuTime, residentMemory } from './process-cost.js';
import type { Server } from './server.js';

export interface Cost {
  /** CPU microseconds a unit. */
  readonly time: number;
  /** Of them, in the kernel: 0 to 1. */
  readonly kernel: number;
}

/** @param act answers how many units of work it has caused */
export async function cost({ pid }: Server, act: () => Promise<number>): Promise<Cost> {
  const before = cpuTime(pid);
  const units = await act();
  const after = cpuTime(pid);
  const [user, system] = [after.user - before.user, after.system - before.system];
  return {
    time: (after.total - before.total) / units,
    kernel: user + system === 0 ? 0 : system / (user + system),
  };
}

/** Of several rounds. Ticks are too coarse for a median of shares: those are averaged. */
export function typical(costs: readonly Cost[]): Cost {
  const kernel = costs.reduce((sum, each) => sum + each.kernel, 0) / costs.length;
  return { time: median(costs.map(({ time }) => time)), kernel };
}

/** After connections were opened or closed, until a server has come to rest, in ms. */
const rest = 500;
/**
 * KiB that a connection more takes: the slope of the line through the sizes of the process after garbage collection, as guests that have
 * sent presence come in even steps. A single difference would be the luck of when a heap grows, and what a heap holds in reserve would hide
 * what is put into it.
 */
export async function memorySlope(crowd: Crowd, connections: number, steps: number): Promise<number> {
  const { server } = crowd;
  const points: [number, number][] = [];
  for (let step = 0; step <= steps; step++) {
    const present = Math.round((connections * step) / steps);
    await crowd.grow(present);
    await delay(rest);
    const slack = await server.collect();
    points.push([present, residentMemory(server.pid) - slack]);
  }
  // What the first ones make a server load and compile is not what a connection takes.
  return slope(points.slice(1));
}

/** By least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (of: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0);
  return sum((x, y) => x * y) / sum((x) => x * x);
}
