/** RTCP packets that the bridge sends: reports (RFC 3550 s.6.4), NACK and PLI (RFC 4585 s.6.2, 6.3). */
import {
  GENERIC_NACK,
  PAYLOAD_FEEDBACK,
  PICTURE_LOSS,
  RECEIVER_REPORT,
  SENDER_REPORT,
  TRANSPORT_FEEDBACK,
  type ReportBlock,
  type SenderReport,
} from './rtcp.js';
import { sequenceDistance } from './sequence.js';

const MAX_REPORT_BLOCKS = 31;

/** A packet of `length` octets (a multiple of four) with its header written. */
function rtcpPacket(type: number, count: number, length: number): Buffer {
  const packet = Buffer.alloc(length);
  packet.writeUInt8(0x80 | count, 0);
  packet.writeUInt8(type, 1);
  packet.writeUInt16BE(length / 4 - 1, 2);
  return packet;
}

/** A feedback packet's header with both SSRCs written. */
export function feedbackPacket(
  type: number,
  format: number,
  sender: number,
  media: number,
  length: number,
): Buffer {
  const packet = rtcpPacket(type, format, length);
  packet.writeUInt32BE(sender, 4);
  packet.writeUInt32BE(media, 8);
  return packet;
}

export function buildPli(sender: number, media: number): Buffer {
  return feedbackPacket(PAYLOAD_FEEDBACK, PICTURE_LOSS, sender, media, 12);
}

/** One generic NACK for `sequences`, which are 16-bit numbers from oldest to newest. */
export function buildNack(sender: number, media: number, sequences: readonly number[]): Buffer {
  const items: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const item = items.at(-1);
    const ahead = item === undefined ? 0 : sequenceDistance(item.first, sequence);
    if (item !== undefined && ahead >= 1 && ahead <= 16) item.mask |= 1 << (ahead - 1);
    else if (item === undefined || ahead !== 0) items.push({ first: sequence, mask: 0 });
  }
  const packet = feedbackPacket(TRANSPORT_FEEDBACK, GENERIC_NACK, sender, media, 12 + items.length * 4);
  items.forEach(({ first, mask }, index) => {
    packet.writeUInt16BE(first, 12 + index * 4);
    packet.writeUInt16BE(mask, 14 + index * 4);
  });
  return packet;
}

/** Receiver reports for any number of sources: a compound with as many packets as 31 blocks each need. */
export function buildReceiverReports(sender: number, reports: readonly ReportBlock[]): Buffer {
  const packets: Buffer[] = [];
  for (let from = 0; from < reports.length || from === 0; from += MAX_REPORT_BLOCKS) {
    const blocks = reports.slice(from, from + MAX_REPORT_BLOCKS);
    const packet = rtcpPacket(RECEIVER_REPORT, blocks.length, 8 + blocks.length * 24);
    packet.writeUInt32BE(sender, 4);
    blocks.forEach((block, index) => writeReportBlock(packet, 8 + index * 24, block));
    packets.push(packet);
  }
  return packets.length === 1 ? (packets[0] as Buffer) : Buffer.concat(packets);
}

function writeReportBlock(packet: Buffer, at: number, block: ReportBlock): void {
  packet.writeUInt32BE(block.ssrc, at);
  packet.writeUInt8(block.fractionLost, at + 4);
  packet.writeIntBE(block.cumulativeLost, at + 5, 3);
  packet.writeUInt32BE(block.highestSequence, at + 8);
  packet.writeUInt32BE(block.jitter, at + 12);
  packet.writeUInt32BE(block.lastReport, at + 16);
  packet.writeUInt32BE(block.delaySinceLastReport, at + 20);
}

/** A sender report without report blocks. */
export function buildSenderReport(report: Omit<SenderReport, 'kind' | 'reports'>): Buffer {
  const packet = rtcpPacket(SENDER_REPORT, 0, 28);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE(report.ntpSeconds, 8);
  packet.writeUInt32BE(report.ntpFraction, 12);
  packet.writeUInt32BE(report.rtpTimestamp, 16);
  packet.writeUInt32BE(report.packets, 20);
  packet.writeUInt32BE(report.octets, 24);
  return packet;
}
