/** Drops second copies of a packet: a ring of the sequence numbers seen last. */

/** So far behind the newest a number counts as seen. */
export const REACH = 1024;

export class DuplicateFilter {
  readonly #seen = new Float64Array(REACH).fill(-1);

  /** Whether `unwrapped` is new; true only once for each number. Numbers overtaken by a whole ring count as seen. */
  accept(unwrapped: number): boolean {
    const slot = unwrapped % REACH;
    if ((this.#seen[slot] as number) >= unwrapped) return false;
    this.#seen[slot] = unwrapped;
    return true;
  }
}
