/** The bit rate of the last two seconds, so that keyframes and moments of much motion do not count for all of it. */

const BUCKET = 100;
const BUCKETS = 20;

export class BitrateMeter {
  readonly #octets = new Float64Array(BUCKETS);
  #sum = 0;
  /** Number of the newest bucket since time zero. */
  #newest = -1;
  #first = 0;

  /** Notes `octets` that passed at `now` (ms). */
  add(octets: number, now: number): void {
    this.#advance(now);
    const slot = this.#newest % BUCKETS;
    this.#octets[slot] = (this.#octets[slot] as number) + octets;
    this.#sum += octets;
  }

  /** Bits a second over the last two seconds; over the time since the first packet, while that is less. */
  rate(now: number): number {
    if (this.#newest < 0) return 0;
    this.#advance(now);
    if (this.#sum === 0) return 0;
    const buckets = Math.min(BUCKETS, this.#newest - this.#first + 1);
    // The first moments say little: a keyframe alone is no rate.
    return (this.#sum * 8 * 1000) / (Math.max(2, buckets) * BUCKET);
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / BUCKET);
    if (bucket <= this.#newest) return;
    if (this.#newest < 0 || bucket - this.#newest >= BUCKETS) {
      this.#octets.fill(0);
      this.#sum = 0;
      this.#first = bucket;
    } else {
      for (let passed = this.#newest + 1; passed <= bucket; passed++) {
        this.#sum -= this.#octets[passed % BUCKETS] as number;
        this.#octets[passed % BUCKETS] = 0;
      }
    }
    this.#newest = bucket;
  }
}
