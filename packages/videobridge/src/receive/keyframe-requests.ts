/**
 * How often a sender is asked for a keyframe (PLI, RFC 4585 s.6.3.1): a keyframe is many times the size of other
 * frames, and each receiver would like one of its own. A request refused for coming too soon stays pending until
 * a keyframe has come or it may be sent.
 */

/** Between two requests for one source, in ms. */
const SOURCE_INTERVAL = 200;
/** At most so many requests of one receiver … */
const RECEIVER_LIMIT = 3;
/** … in so many ms. */
const RECEIVER_WINDOW = 10_000;

export class KeyframeRequests {
  #last = -Infinity;
  #pending = false;
  #count = 0;
  #arrived = 0;
  #arrivedAt = -Infinity;
  readonly #byReceiver = new Map<string, number[]>();

  /** Whether a request waits to be sent. */
  get pending(): boolean {
    return this.#pending;
  }

  /**
   * Whether the sender should be asked now, on behalf of `receiver` (an endpoint id, or undefined for the bridge itself,
   * which only the limit of the source holds back).
   */
  request(now: number, receiver: string | undefined): boolean {
    if (receiver !== undefined && !this.#admit(now, receiver)) return false;
    if (now - this.#last < SOURCE_INTERVAL) {
      this.#pending = true;
      return false;
    }
    this.#sent(now);
    return true;
  }

  #admit(now: number, receiver: string): boolean {
    const recent = (this.#byReceiver.get(receiver) ?? []).filter((time) => now - time < RECEIVER_WINDOW);
    this.#byReceiver.set(receiver, recent);
    const newest = recent.at(-1);
    if (recent.length >= RECEIVER_LIMIT || (newest !== undefined && now - newest < SOURCE_INTERVAL))
      return false;
    recent.push(now);
    return true;
  }

  /** Whether a pending request is due at `now`. */
  due(now: number): boolean {
    if (!this.#pending || now - this.#last < SOURCE_INTERVAL) return false;
    this.#sent(now);
    return true;
  }

  #sent(now: number): void {
    this.#last = now;
    this.#count += 1;
    this.#pending = false;
  }

  /** A keyframe has begun to arrive: whoever was waiting has it. */
  keyframeArrived(now: number): void {
    this.#pending = false;
    this.#arrived += 1;
    this.#arrivedAt = now;
  }

  /** For operators. */
  state(now: number): object {
    const ago = (time: number): number | null => (time === -Infinity ? null : Math.round(now - time));
    return {
      requested: this.#count,
      lastRequestMsAgo: ago(this.#last),
      // Packets that begin one: of all encodings.
      received: this.#arrived,
      lastMsAgo: ago(this.#arrivedAt),
      pending: this.#pending,
      wantedBy: [...this.#byReceiver].filter(([, times]) => times.length > 0).map(([receiver]) => receiver),
    };
  }

  /** Forgets a receiver that has left. */
  forget(receiver: string): void {
    this.#byReceiver.delete(receiver);
  }
}
