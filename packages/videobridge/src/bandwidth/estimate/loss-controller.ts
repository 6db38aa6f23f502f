/**
 * The rate that losses allow (draft-ietf-rmcat-gcc-02 s.6): losses up to one in fifty are noise, beyond one in ten the link is too
 * full, and between them nothing is changed.
 */

const LOW = 0.02;
const HIGH = 0.1;
const INCREASE = 1.08;
/** Losses are judged over so many packets at least … */
const PACKETS = 20;
/** … and so long, in ms. */
const INTERVAL = 200;
const DECREASE_INTERVAL = 300;
const CEILING = 1e9;

export class LossController {
  #sent = 0;
  #lost = 0;
  #judged = -Infinity;
  #decreased = -Infinity;
  /** Bits a second. */
  bitrate = CEILING;

  /**
   * Takes what became of the packets of a feedback; `current`: bits a second that are estimated now.
   */
  update(sent: number, lost: number, current: number, rtt: number, now: number): void {
    this.#sent += sent;
    this.#lost += lost;
    if (this.#judged === -Infinity) this.#judged = now;
    const elapsed = now - this.#judged;
    if (this.#sent < PACKETS || elapsed < INTERVAL) return;
    const loss = this.#lost / this.#sent;
    this.#sent = 0;
    this.#lost = 0;
    this.#judged = now;
    if (loss > HIGH) {
      if (now - this.#decreased < DECREASE_INTERVAL + rtt) return;
      this.#decreased = now;
      this.bitrate = Math.min(this.bitrate, current) * (1 - 0.5 * loss);
    } else if (loss < LOW) {
      this.bitrate = Math.min(CEILING, this.bitrate * INCREASE ** (Math.min(1000, elapsed) / 1000) + 1000);
    }
  }

  /** A probe has shown that the link carries so much. */
  probed(bitrate: number): void {
    if (bitrate > this.bitrate) this.bitrate = bitrate;
  }
}
