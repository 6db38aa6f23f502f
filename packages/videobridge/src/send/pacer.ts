/**
 * Spreads bursts, such as keyframes, over time: what goes beyond the receiver's bandwidth waits, so that it does not fill the queues
 * on the way, in which sound would wait too or be lost. Sound itself never waits, and what was lost goes before what is new. What
 * waits is not a copy but the word to send a packet again that is in the cache.
 */

/** What may leave at once, in ms of the rate. */
const BURST = 15;
/** What waits is sent faster if it would take longer than this (ms). */
const MAX_DELAY = 1000;
/** No more packets wait, since no more are kept; what does not fit is lost and can be asked for. */
const MAX_WAITING = 400;

/** A packet that waits; sending it is whoever's who queued it. */
export interface WaitingPacket {
  readonly size: number;
  /** Whose it is: all of its packets can be discarded together. */
  readonly owner?: object;
  send(now: number): void;
}

export class Pacer {
  /** Bits a second; Infinity: nothing is paced. */
  rate = Infinity;
  /** Octets that have left faster than the rate. */
  #ahead = 0;
  #updated = -Infinity;
  #repeated: WaitingPacket[] = [];
  #fresh: WaitingPacket[] = [];
  /** Octets that wait. */
  #octets = 0;
  /** Bits a second at which what waits is gone in time. */
  #drain = 0;
  /** Called when something begins to wait. */
  onWaiting: (() => void) | undefined;

  get waiting(): number {
    return this.#repeated.length + this.#fresh.length;
  }

  /** How long (ms) a packet would wait that came now. */
  get delay(): number {
    return this.#octets === 0 ? 0 : (this.#octets * 8000) / this.rate;
  }

  /** Whether a packet of `size` octets may leave now; if not, it must `wait`. */
  admit(size: number, now: number): boolean {
    if (this.rate === Infinity) return true;
    this.#elapse(now);
    if (this.waiting > 0 || this.#ahead > this.#burst) return false;
    this.#ahead += size;
    return true;
  }

  /** Notes a packet that leaves now in any case: others wait the longer. */
  spend(size: number, now: number): void {
    if (this.rate === Infinity) return;
    this.#elapse(now);
    this.#ahead += size;
  }

  get #burst(): number {
    return (this.rate * BURST) / 8000;
  }

  #elapse(now: number): void {
    const elapsed = Math.min(MAX_DELAY, now - this.#updated);
    this.#updated = now;
    const rate = Math.max(this.rate, this.#drain);
    this.#ahead = Math.max(0, this.#ahead - (rate * elapsed) / 8000);
  }

  /** Queues a packet, a `repeated` one before all that are not; false when there is no room. */
  wait(packet: WaitingPacket, repeated = false): boolean {
    if (this.waiting >= MAX_WAITING) return false;
    if (this.waiting === 0) this.onWaiting?.();
    (repeated ? this.#repeated : this.#fresh).push(packet);
    this.#octets += packet.size;
    this.#drain = Math.max(this.#drain, (this.#octets * 8000) / MAX_DELAY);
    return true;
  }

  /** Forgets what waits of `owner`. */
  discard(owner: object): void {
    if (this.#octets === 0) return;
    const left = (packets: readonly WaitingPacket[]): WaitingPacket[] =>
      packets.filter((packet) => packet.owner !== owner);
    this.#repeated = left(this.#repeated);
    this.#fresh = left(this.#fresh);
    this.#octets = [...this.#repeated, ...this.#fresh].reduce((sum, { size }) => sum + size, 0);
    this.#drain = (this.#octets * 8000) / MAX_DELAY;
  }

  /** Sends what may leave by now. */
  release(now: number): void {
    if (this.#octets === 0) return;
    this.#elapse(now);
    this.#release(this.#repeated, now);
    this.#release(this.#fresh, now);
    if (this.#octets === 0) this.#drain = 0;
  }

  #release(packets: WaitingPacket[], now: number): void {
    let sent = 0;
    while (sent < packets.length && this.#ahead <= this.#burst) {
      const packet = packets[sent++] as WaitingPacket;
      this.#ahead += packet.size;
      this.#octets -= packet.size;
      packet.send(now);
    }
    if (sent > 0) packets.splice(0, sent);
  }
}
