/** What was sent under which transport-wide sequence number, and when: feedback is matched against it. */

const SIZE = 4096;

export class SendHistory {
  readonly #sequences = new Int32Array(SIZE).fill(-1);
  readonly #sizes = new Uint16Array(SIZE);
  readonly #times = new Float64Array(SIZE);
  readonly #clusters = new Uint16Array(SIZE);

  /** Notes a packet of `size` octets sent at `now` (ms) for probe `cluster` (0: none). */
  note(sequence: number, size: number, now: number, cluster: number): void {
    const slot = sequence % SIZE;
    this.#sequences[slot] = sequence;
    this.#sizes[slot] = size;
    this.#times[slot] = now;
    this.#clusters[slot] = cluster;
  }

  /** The slot of `sequence` (16 bits), with which the other questions are asked; -1 when it is not known. */
  find(sequence: number): number {
    const slot = sequence % SIZE;
    return this.#sequences[slot] === sequence ? slot : -1;
  }

  size(slot: number): number {
    return this.#sizes[slot] as number;
  }

  time(slot: number): number {
    return this.#times[slot] as number;
  }

  cluster(slot: number): number {
    return this.#clusters[slot] as number;
  }

  /** The packet is accounted for: a second report on it counts for nothing. */
  forget(slot: number): void {
    this.#sequences[slot] = -1;
  }
}
