/**
 * The packets of a soak: sound in the form of Opus, pictures in the form of VP8 with temporal layers (RFC 7587, RFC 7741), with the
 * header extensions of browsers. What is inside is opaque, as with encryption end to end; but its last octets say which frame it is of
 * and which frame that was made from, so that the receiver can tell what a decoder could do with it.
 */
import { randomBytes } from 'node:crypto';

export interface RtpHeader {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Sequence number; written modulo 2^16. */
  readonly number: number;
  /** Of the media's own clock, modulo 2^32. */
  readonly timestamp: number;
}

/** A frame of an encoding, and where in it a packet stands. */
export interface FrameMark {
  /** Position among the encodings of the source, lowest first. */
  readonly encoding: number;
  /** Packets of the frame, and which of them this is. */
  readonly count: number;
  readonly index: number;
  readonly frame: number;
  /** The frame that it was made from; itself: a keyframe. */
  readonly base: number;
  /** When the picture was taken, in ms. */
  readonly captured: number;
}

export interface Vp8Frame {
  readonly keyframe: boolean;
  readonly height: number;
  /** 15 bits. */
  readonly pictureId: number;
  /** 8 bits. */
  readonly tl0: number;
  readonly temporal: number;
  /** Made from a frame of layer 0. */
  readonly sync: boolean;
}

const FIXED = 12;
const MARK = 20;
const DESCRIPTOR = 6;
/** Octets of a VP8 frame header that are never encrypted: of a keyframe, of another frame. */
const CLEAR = { keyframe: 10, other: 3 };
const ONE_BYTE_PROFILE = 0xbede;

const noise = randomBytes(8192);

/** What stands in a frame where nobody can read it. */
const opaque = ({ frame, index }: FrameMark, length: number): Buffer => {
  const at = (frame * 31 + index * 7) % 4096;
  return noise.subarray(at, at + length);
};

/** Room for header and extensions, each a one-byte element (RFC 8285 s.4.2) of octets that are to be written. */
function head(
  header: RtpHeader,
  marker: boolean,
  extensions: readonly (readonly [id: number, size: number])[],
): Buffer {
  const used = extensions.filter(([id]) => id !== 0);
  const words = Math.ceil(used.reduce((sum, [, size]) => sum + 1 + size, 0) / 4);
  const packet = Buffer.alloc(FIXED + 4 + words * 4);
  packet.writeUInt8(0x90, 0);
  packet.writeUInt8((marker ? 0x80 : 0) | header.payloadType, 1);
  packet.writeUInt16BE(header.number & 0xffff, 2);
  packet.writeUInt32BE(header.timestamp >>> 0, 4);
  packet.writeUInt32BE(header.ssrc, 8);
  packet.writeUInt16BE(ONE_BYTE_PROFILE, FIXED);
  packet.writeUInt16BE(words, FIXED + 2);
  let at = FIXED + 4;
  for (const [id, size] of used) {
    packet.writeUInt8((id << 4) | (size - 1), at);
    at += 1 + size;
  }
  return packet;
}

/** Ids of header extensions; 0: not negotiated. */
export interface PacketExtensions {
  readonly transportCc: number;
  readonly audioLevel: number;
}

/** Where a packet of these extensions has its transport-wide number; 0: nowhere. */
export const numberOffset = (
  media: 'audio' | 'video',
  { transportCc, audioLevel }: PacketExtensions,
): number => (transportCc === 0 ? 0 : FIXED + 4 + 1 + (media === 'audio' && audioLevel !== 0 ? 2 : 0));

/** @param level -dBov: 0 the loudest, 127 silence (RFC 6464) */
export function audioPacket(header: RtpHeader, level: number, extensions: PacketExtensions): Buffer {
  const packet = head(header, false, [
    [extensions.audioLevel, 1],
    [extensions.transportCc, 2],
  ]);
  if (extensions.audioLevel !== 0) packet.writeUInt8(level, FIXED + 5);
  return Buffer.concat([packet, noise.subarray(0, 40)]);
}

/** @param size of the payload, in octets */
export function videoPacket(
  header: RtpHeader,
  vp8: Vp8Frame,
  mark: FrameMark,
  size: number,
  extensions: PacketExtensions,
): Buffer {
  const first = mark.index === 0;
  const packet = head(header, mark.index === mark.count - 1, [[extensions.transportCc, 2]]);
  const payload = Buffer.alloc(size);
  payload.writeUInt8(0x80 | (first ? 0x10 : 0), 0);
  payload.writeUInt8(0xe0, 1);
  payload.writeUInt16BE(0x8000 | vp8.pictureId, 2);
  payload.writeUInt8(vp8.tl0, 4);
  payload.writeUInt8((vp8.temporal << 6) | (vp8.sync ? 0x20 : 0), 5);
  const clear = first ? writeFrameHeader(payload, vp8) : 0;
  opaque(mark, size - DESCRIPTOR - clear - MARK).copy(payload, DESCRIPTOR + clear);
  const at = size - MARK;
  payload.writeUInt8(mark.encoding, at);
  payload.writeUInt8(mark.count, at + 1);
  payload.writeUInt8(mark.index, at + 2);
  payload.writeUInt32BE(mark.frame, at + 4);
  payload.writeUInt32BE(mark.base, at + 8);
  payload.writeDoubleBE(mark.captured, at + 12);
  return Buffer.concat([packet, payload]);
}

/** RFC 6386 s.9.1; answers how many octets it has. */
function writeFrameHeader(payload: Buffer, { keyframe, height }: Vp8Frame): number {
  payload.writeUInt8(keyframe ? 0 : 1, DESCRIPTOR);
  if (!keyframe) return CLEAR.other;
  payload.writeUInt16LE(Math.round((height * 16) / 9), DESCRIPTOR + 6);
  payload.writeUInt16LE(height, DESCRIPTOR + 8);
  return CLEAR.keyframe;
}

/** Reads what a payload of video says of itself; undefined: it is not as it was sent. */
export function readMark(payload: Buffer, keyframe: boolean): FrameMark | undefined {
  const at = payload.length - MARK;
  if (at < DESCRIPTOR) return undefined;
  const mark: FrameMark = {
    encoding: payload.readUInt8(at),
    count: payload.readUInt8(at + 1),
    index: payload.readUInt8(at + 2),
    frame: payload.readUInt32BE(at + 4),
    base: payload.readUInt32BE(at + 8),
    captured: payload.readDoubleBE(at + 12),
  };
  const clear = mark.index > 0 ? 0 : keyframe ? CLEAR.keyframe : CLEAR.other;
  const content = payload.subarray(DESCRIPTOR + clear, at);
  return content.equals(opaque(mark, content.length)) ? mark : undefined;
}
