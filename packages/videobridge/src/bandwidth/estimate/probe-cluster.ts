/** One probe: a short train of packets at a given rate. How fast it arrives shows whether the link carries that much. */

/** Bursts of a train; they are sent one a tick. */
const BURSTS = 4;
const MIN_ARRIVED = 0.8;
/** A train that arrives slower than this share of its rate has filled the link; then so much of what was seen is taken. */
const SATURATED = 0.9;
const SATURATED_SHARE = 0.95;

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
  #sent = false;

  constructor(
    readonly id: number,
    /** Bits a second. */
    readonly bitrate: number,
    readonly startedAt: number,
  ) {}

  /** Whether all of it is sent. */
  get sent(): boolean {
    return this.#sent;
  }

  /** Begins the burst of this tick; false when all of them were sent. */
  begin(now: number): boolean {
    this.#sent = this.#bursts.length === BURSTS;
    if (this.#sent) return false;
    this.#bursts.push({ sent: now, octets: 0, packets: 0, arrivedOctets: 0, arrived: 0, lastArrival: -1 });
    return true;
  }

  packetSent(size: number): void {
    const burst = this.#bursts.at(-1);
    if (burst === undefined) return;
    burst.octets += size;
    burst.packets += 1;
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
