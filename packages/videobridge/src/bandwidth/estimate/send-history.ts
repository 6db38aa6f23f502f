/** What was sent under which transport-wide sequence number, and when: feedback is matched against it. */

const SIZE = 4096;
/** Numbers of one entry: sequence number, octets, time, probe cluster. Together they are one place in memory. */
const FIELDS = 4;

export class SendHistory {
  readonly #entries = new Float64Array(SIZE * FIELDS).fill(-1);

  /** Notes a packet of `size` octets sent at `now` (ms) for probe `cluster` (0: none). */
  note(sequence: number, size: number, now: number, cluster: number): void {
    const slot = (sequence & (SIZE - 1)) * FIELDS;
    const entries = this.#entries;
    entries[slot] = sequence;
    entries[slot + 1] = size;
    entries[slot + 2] = now;
    entries[slot + 3] = cluster;
  }

  /** The slot of `sequence` (16 bits), with which the other questions are asked; -1 when it is not known. */
  find(sequence: number): number {
    const slot = (sequence & (SIZE - 1)) * FIELDS;
    return this.#entries[slot] === sequence ? slot : -1;
  }

  size(slot: number): number {
    return this.#entries[slot + 1] as number;
  }

  time(slot: number): number {
    return this.#entries[slot + 2] as number;
  }

  cluster(slot: number): number {
    return this.#entries[slot + 3] as number;
  }

  /** The packet is accounted for: a second report on it counts for nothing. */
  forget(slot: number): void {
    this.#entries[slot] = -1;
  }
}
