/** What passes a second, from totals that are looked at every few seconds. */
import type { Traffic } from '../conference/traffic.js';

export interface TrafficRates {
  /** Kilobits a second. */
  readonly kbitsReceived: number;
  readonly kbitsSent: number;
  /** Packets a second. */
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Shares of what was sent to the bridge and by it that did not arrive, 0 … 1. */
  readonly incomingLoss: number;
  readonly outgoingLoss: number;
  readonly loss: number;
}

export const NO_RATES: TrafficRates = {
  kbitsReceived: 0,
  kbitsSent: 0,
  packetsReceived: 0,
  packetsSent: 0,
  incomingLoss: 0,
  outgoingLoss: 0,
  loss: 0,
};

const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, part / whole));

export class Rates {
  #before: Traffic | undefined;
  #time = 0;
  #rates = NO_RATES;

  /** As of the last `sample`. */
  get current(): TrafficRates {
    return this.#rates;
  }

  /** Takes the totals of `now` (ms). */
  sample(traffic: Traffic, now: number): void {
    const before = this.#before;
    const seconds = (now - this.#time) / 1000;
    this.#before = traffic;
    this.#time = now;
    if (before === undefined || seconds <= 0) return;
    const grown = (counter: keyof Traffic): number => Math.max(0, traffic[counter] - before[counter]);
    const [expected, lost] = [grown('packetsExpected'), grown('packetsLost')];
    const [reported, reportedLost] = [grown('packetsReported'), grown('packetsReportedLost')];
    this.#rates = {
      kbitsReceived: Math.round((grown('octetsReceived') * 8) / 1000 / seconds),
      kbitsSent: Math.round((grown('octetsSent') * 8) / 1000 / seconds),
      packetsReceived: Math.round(grown('packetsReceived') / seconds),
      packetsSent: Math.round(grown('packetsSent') / seconds),
      incomingLoss: share(lost, expected),
      outgoingLoss: share(reportedLost, reported),
      loss: share(lost + reportedLost, expected + reported),
    };
  }
}
