/** How much gets through: the octets of acknowledged packets over the last half second of their arrival. */

const WINDOW = 500;
const MIN_PACKETS = 10;
/** So many packets that count no more are forgotten together. */
const FORGOTTEN = 1024;

export class AcknowledgedRate {
  #arrivals: number[] = [];
  #sizes: number[] = [];
  /** Index of the first packet that counts. */
  #first = 0;
  #octets = 0;

  /** Notes a packet of `size` octets that arrived at `arrival` (ms on the receiver's clock). */
  packet(arrival: number, size: number): void {
    const newest = this.#arrivals.at(-1);
    // The receiver's clock has wrapped, or the stream has paused.
    if (newest !== undefined && (arrival < newest - WINDOW || arrival > newest + 2000)) this.#clear();
    this.#arrivals.push(arrival);
    this.#sizes.push(size);
    this.#octets += size;
    while ((this.#arrivals[this.#first] as number) < arrival - WINDOW) {
      this.#octets -= this.#sizes[this.#first] as number;
      this.#first += 1;
    }
    if (this.#first < FORGOTTEN) return;
    this.#arrivals.splice(0, this.#first);
    this.#sizes.splice(0, this.#first);
    this.#first = 0;
  }

  /** Bits a second; undefined while too little is known. */
  get value(): number | undefined {
    const [first, last] = [this.#arrivals[this.#first], this.#arrivals.at(-1)];
    const count = this.#arrivals.length - this.#first;
    if (first === undefined || last === undefined || count < MIN_PACKETS) return undefined;
    const span = Math.max(last - first, WINDOW / 2);
    return ((this.#octets - (this.#sizes[this.#first] ?? 0)) * 8 * 1000) / span;
  }

  #clear(): void {
    this.#arrivals = [];
    this.#sizes = [];
    this.#first = 0;
    this.#octets = 0;
  }
}
