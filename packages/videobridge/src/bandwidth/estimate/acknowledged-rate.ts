/** How much gets through: the octets of acknowledged packets over the last half second of their arrival. */

const WINDOW = 500;
const MIN_PACKETS = 10;

export class AcknowledgedRate {
  #arrivals: number[] = [];
  #sizes: number[] = [];
  #octets = 0;

  /** Notes a packet of `size` octets that arrived at `arrival` (ms on the receiver's clock). */
  packet(arrival: number, size: number): void {
    const newest = this.#arrivals.at(-1);
    // The receiver's clock has wrapped, or the stream has paused.
    if (newest !== undefined && (arrival < newest - WINDOW || arrival > newest + 2000)) this.#clear();
    this.#arrivals.push(arrival);
    this.#sizes.push(size);
    this.#octets += size;
    let old = 0;
    while (old < this.#arrivals.length && (this.#arrivals[old] as number) < arrival - WINDOW) {
      this.#octets -= this.#sizes[old] as number;
      old += 1;
    }
    if (old > 0) {
      this.#arrivals.splice(0, old);
      this.#sizes.splice(0, old);
    }
  }

  /** Bits a second; undefined while too little is known. */
  get value(): number | undefined {
    const [first, last] = [this.#arrivals[0], this.#arrivals.at(-1)];
    if (first === undefined || last === undefined || this.#arrivals.length < MIN_PACKETS) return undefined;
    const span = Math.max(last - first, WINDOW / 2);
    return ((this.#octets - (this.#sizes[0] ?? 0)) * 8 * 1000) / span;
  }

  #clear(): void {
    this.#arrivals = [];
    this.#sizes = [];
    this.#octets = 0;
  }
}
