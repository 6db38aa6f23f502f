/**
 * The rate that the delay allows (draft-ietf-rmcat-gcc-02 s.5.5): up by a share a second, by little near what the link was last
 * found to carry, and down to below what gets through when packets queue.
 */
import type { LinkUsage } from './delay-trend.js';

const DECREASE = 0.85;
/** Growth a second far from the link's capacity. */
const INCREASE = 1.08;
/** What is not used does not show that more would pass: the rate grows while this share of it gets through. */
const USED = 0.9;
const HEADROOM = 10_000;
const PACKET_BITS = 1200 * 8;
const MIN_ADDITION = 4000;
const DEFAULT_RTT = 200;
/** Between two reductions, in ms, at least; else one queue would be answered twice. */
const MIN_DECREASE_INTERVAL = 200;

export class DelayController {
  #state: 'hold' | 'increase' = 'increase';
  #updated = -Infinity;
  #decreased = -Infinity;
  /** What the link carried when it was full: mean and deviation (bits a second); undefined when that is not known (any more). */
  #capacity: { mean: number; deviation: number } | undefined;

  constructor(public bitrate: number) {}

  /** Takes what a feedback has shown; `acknowledged`: bits a second that get through, undefined while unknown. */
  update(usage: LinkUsage, acknowledged: number | undefined, rtt: number | undefined, now: number): void {
    const elapsed = this.#updated === -Infinity ? 0 : Math.min(1000, now - this.#updated);
    this.#updated = now;
    if (usage === 'overuse') {
      this.#decrease(acknowledged, rtt, now);
      this.#state = 'hold';
    } else if (usage === 'underuse') {
      // The queue empties: let it.
      this.#state = 'hold';
    } else if (this.#state === 'hold') {
      this.#state = 'increase';
    } else {
      this.#increase(acknowledged, rtt, elapsed);
    }
  }

  /** A probe has shown that the link carries so much: if it is more, what was known of the link is out of date. */
  probed(bitrate: number): void {
    if (bitrate <= this.bitrate) return;
    this.bitrate = bitrate;
    if (this.#capacity !== undefined && bitrate > this.#capacity.mean + 3 * this.#capacity.deviation) {
      this.#capacity = undefined;
    }
  }

  #decrease(acknowledged: number | undefined, rtt: number | undefined, now: number): void {
    if (now - this.#decreased < Math.max(MIN_DECREASE_INTERVAL, rtt ?? DEFAULT_RTT)) return;
    const through = acknowledged ?? this.bitrate;
    if (this.#capacity !== undefined && through < this.#capacity.mean - 3 * this.#capacity.deviation) {
      this.#capacity = undefined;
    }
    this.#noteCapacity(through);
    this.bitrate = Math.min(this.bitrate, DECREASE * through);
    this.#decreased = now;
  }

  #noteCapacity(through: number): void {
    const known = this.#capacity;
    if (known === undefined) {
      this.#capacity = { mean: through, deviation: 0.1 * through };
      return;
    }
    const error = through - known.mean;
    known.mean += 0.05 * error;
    known.deviation = Math.min(
      0.3 * known.mean,
      Math.max(0.03 * known.mean, 0.95 * known.deviation + 0.05 * Math.abs(error)),
    );
  }

  #increase(acknowledged: number | undefined, rtt: number | undefined, elapsed: number): void {
    if (acknowledged !== undefined && this.#capacity !== undefined) {
      if (acknowledged > this.#capacity.mean + 3 * this.#capacity.deviation) this.#capacity = undefined;
    }
    if (acknowledged !== undefined && acknowledged + HEADROOM < USED * this.bitrate) return;
    this.bitrate =
      this.#capacity === undefined
        ? this.bitrate * INCREASE ** (elapsed / 1000)
        : this.bitrate +
          (Math.max(MIN_ADDITION, PACKET_BITS / (((rtt ?? DEFAULT_RTT) + 100) / 1000)) * elapsed) / 1000;
  }
}
