/** The round-trip time to one receiver, from its reports on the sender reports it was sent (RFC 3550 s.6.4.1). */
import type { ReportBlock } from '../rtp/rtcp.js';

const KEPT = 200;
const MAX_DELAY = 300_000;
const MAX_RTT = 7000;

export class RoundTripTime {
  /** Time sent (ms) by the middle 32 bits of the report's NTP time, oldest first. */
  readonly #sent = new Map<number, number>();
  #smoothed: number | undefined;

  /** In ms; undefined before the first measurement. */
  get value(): number | undefined {
    return this.#smoothed;
  }

  sent(ntpSeconds: number, ntpFraction: number, now: number): void {
    this.#sent.set(middle(ntpSeconds, ntpFraction), now);
    if (this.#sent.size <= KEPT) return;
    for (const oldest of this.#sent.keys()) {
      this.#sent.delete(oldest);
      break;
    }
  }

  reported(report: ReportBlock, now: number): void {
    const sent = this.#sent.get(report.lastReport);
    const delay = (report.delaySinceLastReport * 1000) / 65536;
    if (sent === undefined || report.lastReport === 0 || delay > MAX_DELAY) return;
    const rtt = now - sent - delay;
    if (rtt < 0 || rtt > MAX_RTT) return;
    this.#smoothed = this.#smoothed === undefined ? rtt : this.#smoothed + (rtt - this.#smoothed) / 8;
  }
}

function middle(ntpSeconds: number, ntpFraction: number): number {
  return (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
}
