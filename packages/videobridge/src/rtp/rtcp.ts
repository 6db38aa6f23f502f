/**
 * RTCP compound packets (RFC 3550 s.6, RFC 4585, RFC 5104), read with bounds checked: anything malformed in a compound
 * refuses the whole of it; a well-formed type that is not known is kept as `unsupported`.
 */
import { readUint32 } from './rtp-packet.js';

export const SENDER_REPORT = 200;
export const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
export const TRANSPORT_FEEDBACK = 205;
export const PAYLOAD_FEEDBACK = 206;

export const GENERIC_NACK = 1;
export const TRANSPORT_CC = 15;
export const PICTURE_LOSS = 1;
const FULL_INTRA_REQUEST = 4;
const APPLICATION_LAYER = 15;

/** A reception report block (RFC 3550 s.6.4.1). `delaySinceLastReport` in 1/65536 s. */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0 … 255. */
  readonly fractionLost: number;
  /** Signed 24 bits. */
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly jitter: number;
  readonly lastReport: number;
  readonly delaySinceLastReport: number;
}

export interface SenderReport {
  readonly kind: 'sender-report';
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
  readonly reports: readonly ReportBlock[];
}

export type RtcpPacket =
  | SenderReport
  | { readonly kind: 'receiver-report'; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | { readonly kind: 'source-description' }
  | { readonly kind: 'bye'; readonly ssrcs: readonly number[] }
  | {
      readonly kind: 'nack';
      readonly sender: number;
      readonly media: number;
      readonly sequences: readonly number[];
    }
  | { readonly kind: 'pli'; readonly sender: number; readonly media: number }
  | {
      readonly kind: 'fir';
      readonly sender: number;
      readonly entries: readonly { ssrc: number; command: number }[];
    }
  | {
      readonly kind: 'remb';
      readonly sender: number;
      readonly bitrate: number;
      readonly ssrcs: readonly number[];
    }
  /** `body` begins at the base sequence number; `parseTransportCc` reads it. */
  | { readonly kind: 'transport-cc'; readonly sender: number; readonly media: number; readonly body: Buffer }
  | { readonly kind: 'unsupported'; readonly type: number };

/** The packets of a compound in order, or undefined when any of it is malformed. */
export function parseCompound(compound: Buffer): RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let offset = 0;
  while (offset < compound.length) {
    if (offset + 4 > compound.length) return undefined;
    const head = compound.readUInt8(offset);
    const end = offset + 4 + compound.readUInt16BE(offset + 2) * 4;
    if (head >> 6 !== 2 || end > compound.length) return undefined;
    let bodyEnd = end;
    if ((head & 0x20) !== 0) {
      const padding = compound.readUInt8(end - 1);
      if (padding === 0 || padding > end - offset - 4 || end !== compound.length) return undefined;
      bodyEnd -= padding;
    }
    const body = compound.subarray(offset + 4, bodyEnd);
    const packet = parsePacket(compound.readUInt8(offset + 1), head & 0x1f, body);
    if (packet === undefined) return undefined;
    packets.push(packet);
    offset = end;
  }
  return packets.length === 0 ? undefined : packets;
}

function parsePacket(type: number, count: number, body: Buffer): RtcpPacket | undefined {
  switch (type) {
    case SENDER_REPORT:
      return parseSenderReport(count, body);
    case RECEIVER_REPORT: {
      const reports = parseReportBlocks(count, body, 4);
      return reports && { kind: 'receiver-report', ssrc: readUint32(body, 0), reports };
    }
    case SOURCE_DESCRIPTION:
      return { kind: 'source-description' };
    case GOODBYE: {
      if (body.length < count * 4) return undefined;
      const ssrcs = Array.from({ length: count }, (_, index) => readUint32(body, index * 4));
      return { kind: 'bye', ssrcs };
    }
    case TRANSPORT_FEEDBACK:
    case PAYLOAD_FEEDBACK:
      return parseFeedback(type, count, body);
    default:
      return { kind: 'unsupported', type };
  }
}

function parseSenderReport(count: number, body: Buffer): SenderReport | undefined {
  const reports = parseReportBlocks(count, body, 24);
  return (
    reports && {
      kind: 'sender-report',
      ssrc: readUint32(body, 0),
      ntpSeconds: readUint32(body, 4),
      ntpFraction: readUint32(body, 8),
      rtpTimestamp: readUint32(body, 12),
      packets: readUint32(body, 16),
      octets: readUint32(body, 20),
      reports,
    }
  );
}

function parseReportBlocks(count: number, body: Buffer, start: number): ReportBlock[] | undefined {
  if (body.length < start + count * 24) return undefined;
  const reports: ReportBlock[] = [];
  for (let at = start; reports.length < count; at += 24) {
    const loss = readUint32(body, at + 4);
    reports.push({
      ssrc: readUint32(body, at),
      fractionLost: loss >>> 24,
      cumulativeLost: (loss << 8) >> 8,
      highestSequence: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastReport: readUint32(body, at + 16),
      delaySinceLastReport: readUint32(body, at + 20),
    });
  }
  return reports;
}

function parseFeedback(type: number, format: number, body: Buffer): RtcpPacket | undefined {
  if (body.length < 8) return undefined;
  const sender = readUint32(body, 0);
  const media = readUint32(body, 4);
  if (type === TRANSPORT_FEEDBACK) {
    if (format === GENERIC_NACK) return { kind: 'nack', sender, media, sequences: parseNackItems(body) };
    if (format === TRANSPORT_CC) {
      return body.length < 16 ? undefined : { kind: 'transport-cc', sender, media, body: body.subarray(8) };
    }
  } else {
    if (format === PICTURE_LOSS) return { kind: 'pli', sender, media };
    if (format === FULL_INTRA_REQUEST) {
      const entries = [];
      for (let at = 8; at + 8 <= body.length; at += 8) {
        entries.push({ ssrc: readUint32(body, at), command: body.readUInt8(at + 4) });
      }
      return { kind: 'fir', sender, entries };
    }
    if (format === APPLICATION_LAYER && body.length >= 16 && body.toString('latin1', 8, 12) === 'REMB') {
      return parseRemb(sender, body);
    }
  }
  return { kind: 'unsupported', type };
}

/** More than these cannot be asked for at once: nobody keeps that many. */
const MAX_NACKED = 1024;

/** Pairs of a lost packet's number and a bitmask of the 16 that follow it (RFC 4585 s.6.2.1). */
function parseNackItems(body: Buffer): number[] {
  const sequences: number[] = [];
  for (let at = 8; at + 4 <= body.length && sequences.length < MAX_NACKED; at += 4) {
    const first = body.readUInt16BE(at);
    sequences.push(first);
    for (let mask = body.readUInt16BE(at + 2), next = first + 1; mask !== 0; mask >>= 1, next++) {
      if ((mask & 1) !== 0) sequences.push(next & 0xffff);
    }
  }
  return sequences;
}

/** Receiver Estimated Maximum Bitrate (draft-alvestrand-rmcat-remb-03); `bitrate` in bit/s. */
function parseRemb(sender: number, body: Buffer): RtcpPacket | undefined {
  const count = body.readUInt8(12);
  if (body.length < 16 + count * 4) return undefined;
  const exponent = body.readUInt8(13) >> 2;
  const mantissa = ((body.readUInt8(13) & 0x03) << 16) | body.readUInt16BE(14);
  const ssrcs = Array.from({ length: count }, (_, index) => readUint32(body, 16 + index * 4));
  return { kind: 'remb', sender, bitrate: mantissa * 2 ** exponent, ssrcs };
}
