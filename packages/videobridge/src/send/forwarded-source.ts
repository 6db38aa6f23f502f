/** One source as one receiver is sent it: counters for its sender reports, and retransmission on demand. */
import type { RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { Egress } from './egress.js';
import type { Retransmission } from './retransmission.js';

export class ForwardedSource {
  #packets = 0;
  #octets = 0;

  constructor(
    readonly receiver: string,
    private readonly egress: Egress,
    /** Undefined for what is not cached: audio. */
    readonly retransmission: Retransmission | undefined,
  ) {}

  forward(packet: Buffer, view: RtpView): void {
    this.#packets += 1;
    this.#octets += view.payloadLength;
    this.egress.sendRtp(packet, view.transportCcOffset);
  }

  /**
   * Forwards the sender's report with counts of what this receiver was sent (RFC 3550 s.6.4.1); nothing before
   * the first packet.
   */
  senderReport(report: SenderReport): void {
    if (this.#packets === 0) return;
    this.egress.sendRtcp(
      buildSenderReport({ ...report, packets: this.#packets >>> 0, octets: this.#octets >>> 0 }),
    );
  }
}
