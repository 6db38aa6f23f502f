/** Reception statistics of one SSRC (RFC 3550 s.6.4.1, A.1, A.3, A.8), from which receiver reports are made. */
import type { ReportBlock } from '../rtp/rtcp.js';

export class ReceptionStatistics {
  #base = -1;
  #highest = -1;
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #jitter = 0;
  #transit: number | undefined;
  #lastReport = 0;
  #lastReportArrival = 0;
  #active = false;
  /** Packets between the last two reports: that should have come, and of these did not. */
  readonly interval = { expected: 0, lost: 0 };
  /** When the last packet came, in ms. */
  #arrived = -Infinity;

  constructor(
    readonly ssrc: number,
    /** RTP clock in ticks a millisecond. */
    readonly clock: number,
  ) {}

  /** Notes packet `unwrapped` with RTP `timestamp` that arrived at `now` (ms). */
  received(unwrapped: number, timestamp: number, now: number): void {
    if (this.#base < 0) this.#base = unwrapped;
    if (unwrapped > this.#highest) this.#highest = unwrapped;
    this.#received += 1;
    this.#active = true;
    this.#arrived = now;
    // Arrival and timestamp both wrap at 2^32; their difference does not care.
    const transit = (Math.round(now * this.clock) - timestamp) | 0;
    if (this.#transit !== undefined) {
      const change = Math.abs((transit - this.#transit) | 0);
      this.#jitter += (change - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** The sender has begun anew: what is missing between its numbers was not lost. */
  restart(): void {
    this.#base = -1;
    this.#received = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#transit = undefined;
  }

  /** When the last packet came, in ms; -Infinity before the first. */
  get arrived(): number {
    return this.#arrived;
  }

  /** What has come so far, for operators. */
  state(now: number): object {
    const expected = this.#base < 0 ? 0 : this.#highest - this.#base + 1;
    return {
      packets: this.#received,
      lost: Math.max(0, expected - this.#received),
      lossPercent: percent(this.interval.lost, this.interval.expected),
      jitterMs: Math.round((this.#jitter / this.clock) * 10) / 10,
      lastPacketMsAgo: this.#base < 0 ? null : Math.round(now - this.#arrived),
    };
  }

  /** Notes the sender's own report, which the next receiver report refers to. */
  senderReport(ntpSeconds: number, ntpFraction: number, now: number): void {
    this.#lastReport = (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
    this.#lastReportArrival = now;
  }

  /** The report block for the time since the last one; undefined when nothing has arrived since. */
  report(now: number): ReportBlock | undefined {
    if (!this.#active) return undefined;
    this.#active = false;
    const expected = this.#highest - this.#base + 1;
    const lost = expected - this.#received;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    this.interval.expected = expectedInterval;
    this.interval.lost = Math.max(0, lostInterval);
    const fraction = expectedInterval <= 0 || lostInterval <= 0 ? 0 : (lostInterval * 256) / expectedInterval;
    return {
      ssrc: this.ssrc,
      fractionLost: Math.min(255, Math.floor(fraction)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, lost)),
      // The unwrapper starts in the second cycle.
      highestSequence: (this.#highest - 65536) >>> 0,
      jitter: Math.min(0xffffffff, Math.floor(this.#jitter)),
      lastReport: this.#lastReport,
      delaySinceLastReport:
        this.#lastReport === 0
          ? 0
          : Math.min(0xffffffff, Math.round(((now - this.#lastReportArrival) * 65536) / 1000)),
    };
  }
}

/** With one digit after the point; 0 of nothing. */
const percent = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.round((part / whole) * 1000) / 10;
