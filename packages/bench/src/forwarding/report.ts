/** The tables of the forwarding benchmark. */
import { median } from '../median.js';
import type { Round } from './arrangement.js';

const COLUMNS = ['µs', 'of bare', 'core %', 'median ms', 'p99 ms', '- median', '- p99', 'KiB', 'arrived %'];
const GROWTH_COLUMNS = ['µs', 'of first', 'packets/s', 'core %', 'idle µs', 'arrived %'];

const line = (name: string, subject: string, cells: readonly string[]): string =>
  [name.padEnd(26), subject.padEnd(8), ...cells.map((cell) => cell.padStart(9))].join(' ');

/** The last two but two are what of the latency is the generator's own. */
export const HEADING = line('scenario', 'subject', COLUMNS);
export const GROWTH_HEADING = line('scenario', 'subject', GROWTH_COLUMNS);

function quantile(values: readonly number[], share: number): number {
  return values[Math.floor((values.length - 1) * share)] ?? NaN;
}

const middle = (rounds: readonly Round[], of: (round: Round) => number): number => median(rounds.map(of));

/** @param floor what the same costs the bare loop; @param memory KiB an endpoint */
export function row(
  name: string,
  subject: string,
  rounds: readonly Round[],
  floor: number,
  memory: number,
): string {
  const cost = middle(rounds, (round) => round.cost);
  return line(name, subject, [
    cost.toFixed(2),
    (cost / floor).toFixed(2),
    (100 * middle(rounds, (round) => round.load)).toFixed(0),
    middle(rounds, ({ latencies }) => quantile(latencies, 0.5)).toFixed(2),
    middle(rounds, ({ latencies }) => quantile(latencies, 0.99)).toFixed(2),
    middle(rounds, ({ control }) => quantile(control, 0.5)).toFixed(2),
    middle(rounds, ({ control }) => quantile(control, 0.99)).toFixed(2),
    memory.toFixed(0),
    (100 * middle(rounds, (round) => round.delivered)).toFixed(1),
  ]);
}

/** @param first the cost in the smallest conference; @param idle CPU microseconds a second and endpoint when nobody sends */
export function growthRow(name: string, rounds: readonly Round[], first: number, idle: number): string {
  const cost = middle(rounds, (round) => round.cost);
  const load = middle(rounds, (round) => round.load);
  return line(name, 'bridge', [
    cost.toFixed(2),
    (cost / first).toFixed(2),
    ((load * 1e6) / cost).toFixed(0),
    (100 * load).toFixed(0),
    idle.toFixed(0),
    (100 * middle(rounds, (round) => round.delivered)).toFixed(1),
  ]);
}
