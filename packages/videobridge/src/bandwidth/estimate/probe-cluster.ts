/** One probe: a short train of packets at a given rate. How fast it arrives shows whether the link carries that much. */

/** A train lasts so long (ms) at least; and at most, unless it had too few packets. */
const MIN_DURATION = 40;
const MAX_DURATION = 60;
/** Octets that say enough, and without which it says nothing. */
const ENOUGH = 5500;
const LEAST = 3300;
const MIN_BURSTS = 3;
const MIN_ARRIVED = 0.8;
/** A train that arrives slower than this share of its rate has filled the link; then so much of what was seen is taken. */
const SATURATED = 0.9;
const SATURATED_SHARE = 0.95;

/** What is sent in one go. */
interface Burst {
  readonly sent: number;
  octets: number;
  packets: number;
  arrivedOctets: number;
  arrived: number;
  lastArrival: number;
}

export class ProbeCluster {
  readonly #bursts: Burst[] = [];
  readonly #enough: number;
  #octets = 0;
  #sent = false;

  constructor(
    readonly id: number,
    /** Bits a second. */
    readonly bitrate: number,
    readonly startedAt: number,
  ) {
    const octets = (duration: number): number => (bitrate * duration) / 8000;
    this.#enough = Math.max(LEAST, octets(MIN_DURATION), Math.min(ENOUGH, octets(MAX_DURATION)));
  }

  /** Whether all of it is sent. */
  get sent(): boolean {
    return this.#sent;
  }

  /** Octets that are missing at `now` from the rate of the train; whatever else is sent meanwhile is part of it. */
  due(now: number, interval: number): number {
    if (!this.#sent && this.#octets >= this.#enough && this.#bursts.length >= MIN_BURSTS) this.#sent = true;
    return this.#sent ? 0 : (this.bitrate * (now - this.startedAt + interval)) / 8000 - this.#octets;
  }

  packetSent(size: number, now: number): void {
    let burst = this.#bursts.at(-1);
    if (burst?.sent !== now) {
      burst = { sent: now, octets: 0, packets: 0, arrivedOctets: 0, arrived: 0, lastArrival: -1 };
      this.#bursts.push(burst);
    }
    burst.octets += size;
    burst.packets += 1;
    this.#octets += size;
  }

  packetArrived(sentAt: number, arrival: number, size: number): void {
    const burst = this.#bursts.findLast(({ sent }) => sent <= sentAt);
    if (burst === undefined) return;
    burst.arrived += 1;
    burst.arrivedOctets += size;
    burst.lastArrival = Math.max(burst.lastArrival, arrival);
  }

  /** Bits a second that the link has been shown to carry; undefined while too little of the train has arrived. */
  get result(): number | undefined {
    const [first, ...rest] = this.#bursts;
    const last = rest.at(-1);
    if (!this.sent || first === undefined || last === undefined) return undefined;
    const total = (key: 'arrived' | 'packets' | 'arrivedOctets' | 'octets'): number =>
      rest.reduce((sum, burst) => sum + burst[key], 0);
    if (first.arrived < first.packets * MIN_ARRIVED || total('arrived') < total('packets') * MIN_ARRIVED)
      return undefined;
    if (first.lastArrival < 0 || last.lastArrival < 0) return undefined;
    const sendRate = (total('octets') * 8000) / (last.sent - first.sent);
    const arrivalRate = (total('arrivedOctets') * 8000) / Math.max(1, last.lastArrival - first.lastArrival);
    if (!Number.isFinite(sendRate) || arrivalRate > 2 * sendRate) return undefined;
    return arrivalRate < SATURATED * sendRate
      ? SATURATED_SHARE * arrivalRate
      : Math.min(sendRate, arrivalRate);
  }
}
