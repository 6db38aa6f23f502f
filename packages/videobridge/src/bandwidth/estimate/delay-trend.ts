/**
 * Whether packets queue on their way (Google congestion control, draft-ietf-rmcat-gcc-02 s.5, with the trend line of later
 * versions): groups of packets that arrive ever later than they were sent mean that the link is overused.
 */

export type LinkUsage = 'normal' | 'overuse' | 'underuse';

/** Packets sent within so many ms are one group. */
const GROUP = 5;
/** A group that arrives in one burst may be as long as this, in ms. */
const MAX_BURST = 100;
const WINDOW = 20;
const SMOOTHING = 0.9;
const GAIN = 4;
const MAX_DELTAS = 60;
const OVERUSE_TIME = 10;
const INITIAL_THRESHOLD = 12.5;
const [MIN_THRESHOLD, MAX_THRESHOLD] = [6, 600];
const [THRESHOLD_UP, THRESHOLD_DOWN] = [0.0087, 0.039];
const MAX_ADAPTATION = 15;
/** A pause in the stream (ms) after which the past says nothing. */
const TIMEOUT = 2000;

interface Group {
  firstSent: number;
  lastSent: number;
  firstArrival: number;
  lastArrival: number;
}

export class DelayTrend {
  #current: Group | undefined;
  #previous: Group | undefined;
  #deltas = 0;
  #accumulated = 0;
  #smoothed = 0;
  readonly #times: number[] = [];
  readonly #delays: number[] = [];
  #origin = 0;
  #threshold = INITIAL_THRESHOLD;
  #adapted = -Infinity;
  #overusing = -1;
  #overuses = 0;
  #formerTrend = 0;
  #usage: LinkUsage = 'normal';

  get usage(): LinkUsage {
    return this.#usage;
  }

  /** Notes a packet sent and arrived at these times: ms, each on a clock of its own. In the order of sending. */
  packet(sent: number, arrival: number): void {
    const current = this.#current;
    if (current === undefined || arrival - current.lastArrival > TIMEOUT) {
      this.#restart(sent, arrival);
      return;
    }
    if (sent < current.firstSent) return;
    const burst =
      arrival - current.lastArrival <= GROUP &&
      arrival - current.lastArrival < sent - current.lastSent &&
      arrival - current.firstArrival < MAX_BURST;
    if (sent - current.firstSent <= GROUP || burst) {
      current.lastSent = Math.max(current.lastSent, sent);
      current.lastArrival = Math.max(current.lastArrival, arrival);
      return;
    }
    if (this.#previous !== undefined) this.#compare(this.#previous, current);
    this.#previous = current;
    this.#current = { firstSent: sent, lastSent: sent, firstArrival: arrival, lastArrival: arrival };
  }

  #restart(sent: number, arrival: number): void {
    this.#current = { firstSent: sent, lastSent: sent, firstArrival: arrival, lastArrival: arrival };
    this.#previous = undefined;
    this.#deltas = 0;
    this.#accumulated = 0;
    this.#smoothed = 0;
    this.#times.length = 0;
    this.#delays.length = 0;
    this.#threshold = INITIAL_THRESHOLD;
    this.#adapted = -Infinity;
    this.#overusing = -1;
    this.#overuses = 0;
    this.#formerTrend = 0;
    this.#usage = 'normal';
  }

  #compare(previous: Group, current: Group): void {
    const sentDelta = current.lastSent - previous.lastSent;
    const arrivalDelta = current.lastArrival - previous.lastArrival;
    if (arrivalDelta < 0) return;
    if (this.#deltas === 0) this.#origin = current.lastArrival;
    this.#deltas = Math.min(this.#deltas + 1, 1000);
    this.#accumulated += arrivalDelta - sentDelta;
    this.#smoothed = SMOOTHING * this.#smoothed + (1 - SMOOTHING) * this.#accumulated;
    this.#times.push(current.lastArrival - this.#origin);
    this.#delays.push(this.#smoothed);
    if (this.#times.length > WINDOW) {
      this.#times.shift();
      this.#delays.shift();
    }
    const trend = this.#times.length === WINDOW ? slope(this.#times, this.#delays) : this.#formerTrend;
    this.#detect(trend, sentDelta, current.lastArrival);
  }

  #detect(trend: number, sentDelta: number, now: number): void {
    if (this.#deltas < 2) return;
    const modified = Math.min(this.#deltas, MAX_DELTAS) * trend * GAIN;
    if (modified > this.#threshold) {
      this.#overusing = this.#overusing < 0 ? sentDelta / 2 : this.#overusing + sentDelta;
      this.#overuses += 1;
      if (this.#overusing > OVERUSE_TIME && this.#overuses > 1 && trend >= this.#formerTrend) {
        this.#overusing = 0;
        this.#overuses = 0;
        this.#usage = 'overuse';
      }
    } else {
      this.#overusing = -1;
      this.#overuses = 0;
      this.#usage = modified < -this.#threshold ? 'underuse' : 'normal';
    }
    this.#formerTrend = trend;
    this.#adapt(Math.abs(modified), now);
  }

  /** The threshold follows the noise of the path, so that it competes with other traffic and yet notices queues. */
  #adapt(modified: number, now: number): void {
    const elapsed = Math.min(100, this.#adapted === -Infinity ? 0 : now - this.#adapted);
    this.#adapted = now;
    if (modified > this.#threshold + MAX_ADAPTATION) return;
    const rate = modified < this.#threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
    const next = this.#threshold + rate * (modified - this.#threshold) * elapsed;
    this.#threshold = Math.min(MAX_THRESHOLD, Math.max(MIN_THRESHOLD, next));
  }
}

/** Of the least-squares line through the points. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  let sumX = 0;
  let sumY = 0;
  for (let index = 0; index < xs.length; index++) {
    sumX += xs[index] as number;
    sumY += ys[index] as number;
  }
  const meanX = sumX / xs.length;
  const meanY = sumY / ys.length;
  let covariance = 0;
  let variance = 0;
  for (let index = 0; index < xs.length; index++) {
    const x = (xs[index] as number) - meanX;
    covariance += x * ((ys[index] as number) - meanY);
    variance += x * x;
  }
  return variance === 0 ? 0 : covariance / variance;
}
