/** One source as one receiver is sent it: counters for its sender reports, and retransmission on demand. */
import type { RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { Egress } from './egress.js';
import type { Retransmission } from './retransmission.js';

export class ForwardedSource {
  #packets = 0;
  #octets = 0;
  #retransmission: Retransmission | undefined;

  constructor(
    private readonly egress: Egress,
    /** Made when first needed: most receivers of most sources lose nothing. Undefined for what is not cached. */
    private readonly createRetransmission: (() => Retransmission) | undefined,
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
  senderReport(report: SenderReport, now: number): void {
    if (this.#packets === 0) return;
    const { ntpSeconds, ntpFraction } = report;
    this.egress.rtt.sent(ntpSeconds, ntpFraction, now);
    this.egress.sendRtcp(
      buildSenderReport({ ...report, packets: this.#packets >>> 0, octets: this.#octets >>> 0 }),
    );
  }

  /** Answers a NACK of the receiver; how many packets were sent again. */
  nack(sequences: readonly number[], now: number): number {
    this.#retransmission ??= this.createRetransmission?.();
    return this.#retransmission?.nack(sequences, now, this.egress.rtt.value) ?? 0;
  }
}
