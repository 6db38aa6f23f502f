/**
 * Ids that sort by the time they were made at: UUIDs of version 7 (RFC 9562 s.5.7). Those that one process makes are strictly
 * ascending, also within a millisecond and when the clock is set back.
 */
import { randomUUID } from 'node:crypto';

/** What fits into the twelve bits after the version. */
const perMillisecond = 0x1000;

export class TimeOrderedIds {
  #time = 0;
  #counter = 0;

  /** @param now milliseconds of the epoch */
  next(now: number): string {
    if (now > this.#time) {
      this.#time = now;
      this.#counter = 0;
    } else if (++this.#counter === perMillisecond) {
      this.#time++;
      this.#counter = 0;
    }
    return compose(this.#time, this.#counter.toString(16).padStart(3, '0'), randomUUID().slice(19));
  }
}

const ids = new TimeOrderedIds();

export function timeOrderedId(now = Date.now()): string {
  return ids.next(now);
}

/** When an id was made, in milliseconds of the epoch; undefined: it is none of these. */
export function timeOf(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The least and the greatest that an id made in that millisecond can be. */
export function firstIdAt(time: number): string {
  return compose(within(time), '000', '8000-000000000000');
}

export function lastIdAt(time: number): string {
  return compose(within(time), 'fff', 'bfff-ffffffffffff');
}

/** Times that no id can tell stand for the nearest that one can. */
function within(time: number): number {
  return Math.max(0, Math.min(2 ** 48 - 1, Math.floor(time)));
}

function compose(time: number, counter: string, end: string): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${counter}-${end}`;
}
