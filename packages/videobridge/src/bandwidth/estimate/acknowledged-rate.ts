/** How much gets through: the octets of acknowledged packets over the last half second of their arrival. */

const WINDOW = 500;
const MIN_PACKETS = 10;
/** Packets that there is room for at first and at most, powers of two: a receiver may say that all have arrived at once. */
const [ROOM, MOST] = [256, 4096];

export class AcknowledgedRate {
  /** Rings that grow when a window has more packets than they hold. */
  #arrivals = new Float64Array(ROOM);
  #sizes = new Uint16Array(ROOM);
  /** Ever-growing numbers of the oldest packet that counts, and of the next. */
  #first = 0;
  #next = 0;
  #octets = 0;

  /** Notes a packet of `size` octets that arrived at `arrival` (ms on the receiver's clock). */
  packet(arrival: number, size: number): void {
    const newest = this.#newest;
    // The receiver's clock has wrapped, or the stream has paused.
    if (arrival < newest - WINDOW || arrival > newest + 2000) this.#clear();
    if (this.#next - this.#first === this.#arrivals.length) this.#makeRoom();
    const slot = this.#next++ & this.#mask;
    this.#arrivals[slot] = arrival;
    this.#sizes[slot] = size;
    this.#octets += size;
    while (this.#oldest < arrival - WINDOW) this.#forget();
  }

  /** Bits a second; undefined while too little is known. */
  get value(): number | undefined {
    if (this.#next - this.#first < MIN_PACKETS) return undefined;
    const span = Math.max(this.#newest - this.#oldest, WINDOW / 2);
    return ((this.#octets - (this.#sizes[this.#first & this.#mask] as number)) * 8 * 1000) / span;
  }

  get #mask(): number {
    return this.#arrivals.length - 1;
  }

  /** NaN: there is none, and nothing is before or after it. */
  get #newest(): number {
    return this.#next === this.#first ? NaN : (this.#arrivals[(this.#next - 1) & this.#mask] as number);
  }

  get #oldest(): number {
    return this.#arrivals[this.#first & this.#mask] as number;
  }

  #forget(): void {
    this.#octets -= this.#sizes[this.#first++ & this.#mask] as number;
  }

  #makeRoom(): void {
    if (this.#arrivals.length < MOST) this.#grow();
    else this.#forget();
  }

  #grow(): void {
    const [arrivals, sizes, count] = [this.#arrivals, this.#sizes, this.#next - this.#first];
    this.#arrivals = new Float64Array(2 * count);
    this.#sizes = new Uint16Array(2 * count);
    for (let index = 0; index < count; index++) {
      const from = (this.#first + index) & (count - 1);
      this.#arrivals[index] = arrivals[from] as number;
      this.#sizes[index] = sizes[from] as number;
    }
    [this.#first, this.#next] = [0, count];
  }

  #clear(): void {
    this.#first = this.#next;
    this.#octets = 0;
  }
}
