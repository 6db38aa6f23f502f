/** One audio source as a receiver is sent it, with counters for its sender reports. */
import { type RtpView, writeUint16, writeUint32 } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { AudioSlot, AudioSlots, HeardSource } from './audio-slots.js';
import type { Egress } from './egress.js';

export class ForwardedAudio {
  #slot: AudioSlot | undefined;
  #packets = 0;
  #octets = 0;

  constructor(
    readonly source: HeardSource,
    private readonly egress: Egress,
    /** Where slots are had, or the one slot that is its own. */
    private readonly slots: AudioSlots | AudioSlot,
    /** The receiver's. */
    private readonly formats: { readonly takesRed: boolean } = { takesRed: true },
  ) {}

  /** Whether the receiver understands redundant audio (RFC 2198). */
  get takesRed(): boolean {
    return this.formats.takesRed;
  }

  /** Sends a packet, which is to have the 16-bit number `sequence` unless the slot says otherwise. */
  forward(packet: Buffer, sequence: number, view: RtpView, now: number): void {
    let slot = this.#slot;
    if (slot?.owner !== this) slot = this.#take(sequence, view.timestamp, now);
    if (slot === undefined) return;
    const number = (sequence + slot.sequenceDelta) & 0xffff;
    const timestamp = (view.timestamp + slot.timestampDelta) >>> 0;
    writeUint16(packet, 2, number);
    writeUint32(packet, 4, timestamp);
    writeUint32(packet, 8, slot.ssrc);
    if (slot.sequence < 0 || ((number - slot.sequence) << 16) >> 16 > 0) {
      slot.sequence = number;
      slot.timestamp = timestamp;
    }
    slot.used = now;
    this.#packets += 1;
    this.#octets += view.payloadLength;
    this.egress.sendAudio(packet, view.transportCcOffset, now);
  }

  #take(sequence: number, timestamp: number, now: number): AudioSlot | undefined {
    const { slots } = this;
    const slot = 'ssrc' in slots ? slots : slots.take(this, sequence, timestamp, now);
    if (slot === undefined) return undefined;
    slot.owner = this;
    this.#slot = slot;
    // What was sent on a slot before it became this source's does not count for its reports.
    this.#packets = 0;
    this.#octets = 0;
    return slot;
  }

  /** As of video; nothing before the first packet, or while another source has the slot. */
  senderReport(report: SenderReport, now: number): void {
    const slot = this.#slot;
    if (this.#packets === 0 || slot?.owner !== this) return;
    this.egress.rtt.sent(report.ntpSeconds, report.ntpFraction, now);
    this.egress.sendRtcp(
      buildSenderReport({
        ...report,
        ssrc: slot.ssrc,
        rtpTimestamp: (report.rtpTimestamp + slot.timestampDelta) >>> 0,
        packets: this.#packets >>> 0,
        octets: this.#octets >>> 0,
      }),
    );
  }
}
