/** One audio stream that a receiver is sent, with counters for its sender reports. */
import type { RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { Egress } from './egress.js';

export class ForwardedAudio {
  #packets = 0;
  #octets = 0;

  constructor(
    private readonly egress: Egress,
    /** The SSRC that the receiver sees. */
    readonly ssrc: number,
  ) {}

  forward(packet: Buffer, view: RtpView, now: number): void {
    this.#packets += 1;
    this.#octets += view.payloadLength;
    this.egress.sendRtp(packet, view.transportCcOffset, now);
  }

  /** As of video; nothing before the first packet. */
  senderReport(report: SenderReport, now: number): void {
    if (this.#packets === 0) return;
    this.egress.rtt.sent(report.ntpSeconds, report.ntpFraction, now);
    this.egress.sendRtcp(
      buildSenderReport({ ...report, packets: this.#packets >>> 0, octets: this.#octets >>> 0 }),
    );
  }
}
