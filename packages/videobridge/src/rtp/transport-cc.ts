/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 s.3.1): which packets
 * arrived, and when, in ticks of 250 µs.
 */
import { TRANSPORT_CC, TRANSPORT_FEEDBACK } from './rtcp.js';
import { feedbackPacket } from './rtcp-builders.js';

/** Ticks a millisecond. */
export const TICKS_PER_MS = 4;
/** The status of a packet that did not arrive. */
export const LOST = -1;

const MAX_PACKET = 1200;
const MAX_STATUSES = 65535;
const TICKS_PER_REFERENCE = 256;

const NOT_RECEIVED = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;

export interface TransportCcFeedback {
  /** Sequence number of the first status. */
  readonly base: number;
  readonly feedbackCount: number;
  /** Arrival of packet `base + i` in ticks, relative to the sender's wrapping clock, or `LOST`. */
  readonly arrivals: readonly number[];
}

/** A feedback packet, and how many of the given arrivals it covers (the rest belongs into the next one). */
export interface BuiltTransportCc {
  readonly packet: Buffer;
  readonly covered: number;
}

/**
 * Builds feedback for the packets `base`, `base + 1` …: `arrivals[i]` is the arrival tick (ever-growing clock) or `LOST`,
 * and at least one of them arrived.
 */
export function buildTransportCc(
  sender: number,
  media: number,
  feedbackCount: number,
  base: number,
  arrivals: readonly number[],
): BuiltTransportCc {
  const first = arrivals.find((tick) => tick !== LOST) ?? 0;
  const reference = Math.floor(first / TICKS_PER_REFERENCE);
  const symbols: number[] = [];
  const deltas: number[] = [];
  let previous = reference * TICKS_PER_REFERENCE;
  let deltaBytes = 0;
  for (const tick of arrivals) {
    if (tick === LOST) {
      symbols.push(NOT_RECEIVED);
    } else {
      const delta = tick - previous;
      if (delta < -32768 || delta > 32767) break;
      const large = delta < 0 || delta > 255;
      // Two octets a chunk of seven two-bit symbols is the worst that the chunks can take.
      const size = 20 + (Math.floor(symbols.length / 7) + 1) * 2 + deltaBytes + 2;
      if (size > MAX_PACKET) break;
      deltaBytes += large ? 2 : 1;
      symbols.push(large ? LARGE_DELTA : SMALL_DELTA);
      deltas.push(delta);
      previous = tick;
    }
    if (symbols.length === MAX_STATUSES) break;
  }
  const chunks = encodeChunks(symbols);
  const length = 20 + chunks.length * 2 + deltaBytes;
  const packet = feedbackPacket(TRANSPORT_FEEDBACK, TRANSPORT_CC, sender, media, (length + 3) & ~3);
  packet.writeUInt16BE(base & 0xffff, 12);
  packet.writeUInt16BE(symbols.length, 14);
  packet.writeUIntBE(reference & 0xffffff, 16, 3);
  packet.writeUInt8(feedbackCount & 0xff, 19);
  let at = 20;
  for (const chunk of chunks) at = packet.writeUInt16BE(chunk, at);
  for (const delta of deltas) {
    at = delta < 0 || delta > 255 ? packet.writeInt16BE(delta, at) : packet.writeUInt8(delta, at);
  }
  markPadding(packet, packet.length - length);
  return { packet, covered: symbols.length };
}

/** RTCP padding (RFC 3550 s.6.4.1): without it the receiver could take the filling for deltas. */
function markPadding(packet: Buffer, padding: number): void {
  if (padding === 0) return;
  packet.writeUInt8(packet.readUInt8(0) | 0x20, 0);
  packet.writeUInt8(padding, packet.length - 1);
}

/** Runs of one symbol as run-length chunks, the rest as vectors of 14 one-bit or 7 two-bit symbols (s.3.1.2 - 3.1.4). */
function encodeChunks(symbols: readonly number[]): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < symbols.length;) {
    const symbol = symbols[at] as number;
    let run = 1;
    while (run < 0x1fff && symbols[at + run] === symbol) run++;
    if (run >= 7 || at + run === symbols.length) {
      chunks.push((symbol << 13) | run);
      at += run;
      continue;
    }
    const next = symbols.slice(at, at + 14);
    if (next.includes(LARGE_DELTA)) {
      chunks.push(0xc000 | packSymbols(next.slice(0, 7), 2));
      at += 7;
    } else {
      chunks.push(0x8000 | packSymbols(next, 1));
      at += 14;
    }
  }
  return chunks;
}

function packSymbols(symbols: readonly number[], bits: number): number {
  return symbols.reduce((packed, symbol, index) => packed | (symbol << (14 - bits * (index + 1))), 0);
}

/** More packets than these in one feedback are nobody's: run lengths could otherwise claim thousands in a few octets. */
const MAX_REPORTED = 2500;

/** Reads feedback whose `body` begins at the base sequence number; undefined when it is truncated or absurd. */
export function parseTransportCc(body: Buffer): TransportCcFeedback | undefined {
  if (body.length < 8) return undefined;
  const base = body.readUInt16BE(0);
  const count = body.readUInt16BE(2);
  if (count > MAX_REPORTED) return undefined;
  const symbols: number[] = [];
  let at = 8;
  while (symbols.length < count) {
    if (at + 2 > body.length) return undefined;
    decodeChunk(body.readUInt16BE(at), count, symbols);
    at += 2;
  }
  const arrivals: number[] = [];
  let tick = body.readUIntBE(4, 3) * TICKS_PER_REFERENCE;
  for (const symbol of symbols) {
    if (symbol === NOT_RECEIVED) {
      arrivals.push(LOST);
      continue;
    }
    const size = symbol === SMALL_DELTA ? 1 : 2;
    if (at + size > body.length) return undefined;
    tick += size === 1 ? body.readUInt8(at) : body.readInt16BE(at);
    arrivals.push(tick);
    at += size;
  }
  return { base, feedbackCount: body.readUInt8(7), arrivals };
}

function decodeChunk(chunk: number, count: number, symbols: number[]): void {
  if ((chunk & 0x8000) === 0) {
    const symbol = (chunk >> 13) & 0x03;
    for (let left = chunk & 0x1fff; left > 0 && symbols.length < count; left--) symbols.push(symbol);
    return;
  }
  const bits = (chunk & 0x4000) === 0 ? 1 : 2;
  const mask = (1 << bits) - 1;
  for (let shift = 14 - bits; shift >= 0 && symbols.length < count; shift -= bits) {
    symbols.push((chunk >> shift) & mask);
  }
}
