/**
 * When the link is probed for more: while more is wanted than is estimated and nothing queues, at once again after a success, else
 * ever less often. A probe is short and not much faster than what is known to pass, so that the sound does not suffer from it.
 */
import { ProbeCluster } from './probe-cluster.js';

/** A probe is so many times what is known to pass, up to so much, and up to so many times what is wanted. */
const FACTOR = 1.5;
const MAX_BITRATE = 6_000_000;
const ABOVE_WANTED = 1.5;
/** A probe of which this share has passed is a success. */
const SUCCESS = 0.8;
/** Between probes, in ms; longer while they find nothing. */
const INTERVAL = 2000;
const MAX_INTERVAL = 5000;
const SLOWDOWN = 1.5;
/** Not so soon (ms) after the link was found too full. */
const AFTER_DECREASE = 2000;
/** For this long (ms) the feedback on a probe is waited for; and a queue that is seen so long after it is the probe's own. */
const TIMEOUT = 1000;
const GRACE = 600;
/** How often `due` is called while a probe is sent, in ms. */
const TICK = 5;

export class Probing {
  #cluster: ProbeCluster | undefined;
  #count = 0;
  /** When the last probe began, and when the next may. */
  #began = -Infinity;
  #next = -Infinity;
  #interval = INTERVAL;

  /** The probe that is being sent or whose arrival is awaited. */
  get cluster(): ProbeCluster | undefined {
    return this.#cluster;
  }

  /** Id of the probe that is being sent; 0: none. */
  get sending(): number {
    return this.#cluster === undefined || this.#cluster.sent ? 0 : this.#cluster.id;
  }

  /** Whether a queue at `now` may be a probe's own. */
  explains(now: number): boolean {
    return now - this.#began < GRACE;
  }

  /** The link was found too full. */
  overused(now: number): void {
    this.#next = Math.max(this.#next, now + AFTER_DECREASE);
  }

  /**
   * Octets that are to be sent now for a probe.
   * @param estimate bits a second that are known to pass
   * @param wanted bits a second that would be of use
   * @param quiet whether a probe may begin: nothing queues, neither on the way nor here
   */
  due(estimate: number, wanted: number, quiet: boolean, now: number): number {
    const enough = wanted <= estimate || estimate >= MAX_BITRATE;
    if (this.#cluster === undefined && (enough || !quiet || now < this.#next)) return 0;
    this.#cluster ??= this.#begin(estimate, wanted, now);
    return Math.max(0, this.#cluster.due(now, TICK));
  }

  #begin(estimate: number, wanted: number, now: number): ProbeCluster {
    this.#began = now;
    this.#next = now + this.#interval;
    this.#count = (this.#count + 1) & 0xffff || 1;
    return new ProbeCluster(
      this.#count,
      Math.min(MAX_BITRATE, FACTOR * estimate, ABOVE_WANTED * wanted),
      now,
    );
  }

  /** What the probe has shown that is under way, in bits a second; undefined while nothing. */
  take(estimate: number, now: number): number | undefined {
    const cluster = this.#cluster;
    if (cluster === undefined) return undefined;
    const { result } = cluster;
    if (result !== undefined) {
      if (result > SUCCESS * cluster.bitrate && result > 1.1 * estimate) {
        this.#interval = INTERVAL;
        this.#next = now;
      } else {
        this.#interval = Math.min(MAX_INTERVAL, this.#interval * SLOWDOWN);
      }
    }
    if (result !== undefined || now - cluster.startedAt > TIMEOUT) this.#cluster = undefined;
    return result;
  }
}
