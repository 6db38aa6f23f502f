/**
 * Spreads bursts, such as keyframes, over time: what goes beyond a little more than the receiver's bandwidth waits, in order. What
 * waits is not a copy but the word to send a packet again that is in the cache.
 */

/** Faster than the estimate, so that nothing waits without need. */
const FACTOR = 2.5;
const MIN_RATE = 1_500_000;
/** What may leave at once, in ms of the rate. */
const BURST = 15;
/** Beyond so many waiting packets the rest is sent at once: then the estimate is wrong, or the receiver beyond help. */
const MAX_WAITING = 300;

/** A packet that waits; sending it is whoever's who queued it. */
export interface WaitingPacket {
  readonly size: number;
  send(now: number): void;
}

export class Pacer {
  /** Bits a second; Infinity: nothing is paced. */
  #rate = Infinity;
  /** Octets that have left faster than the rate. */
  #ahead = 0;
  #updated = -Infinity;
  #waiting: WaitingPacket[] = [];

  /** Sets the estimated bandwidth in bits a second. */
  set bandwidth(bitrate: number) {
    this.#rate = Math.max(MIN_RATE, FACTOR * bitrate);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether a packet of `size` octets may leave now; if not, it must `wait`. */
  admit(size: number, now: number): boolean {
    if (this.#rate === Infinity) return true;
    if (this.#waiting.length === 0) this.#elapse(now);
    if ((this.#waiting.length > 0 || this.#ahead > this.#burst) && this.#waiting.length < MAX_WAITING)
      return false;
    this.#ahead += size;
    return true;
  }

  get #burst(): number {
    return (this.#rate * BURST) / 8000;
  }

  #elapse(now: number): void {
    const elapsed = Math.min(1000, now - this.#updated);
    this.#updated = now;
    this.#ahead = Math.max(0, this.#ahead - (this.#rate * elapsed) / 8000);
  }

  wait(packet: WaitingPacket): void {
    this.#waiting.push(packet);
  }

  /** Sends what may leave by now. */
  release(now: number): void {
    if (this.#waiting.length === 0) return;
    this.#elapse(now);
    let sent = 0;
    while (sent < this.#waiting.length && this.#ahead <= this.#burst) {
      const packet = this.#waiting[sent++] as WaitingPacket;
      this.#ahead += packet.size;
      packet.send(now);
    }
    this.#waiting.splice(0, sent);
  }
}
