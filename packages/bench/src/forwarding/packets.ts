/**
 * The traffic of the benchmark in the shape that browsers give it: VP8 in three encodings with three temporal layers (RFC 7741),
 * and Opus with audio levels (RFC 6464), with the header extensions that they send.
 */

export const VP8 = 100;
export const RTX = 97;
export const OPUS = 111;
export const AUDIO_LEVEL_ID = 1;
export const ABS_SEND_TIME_ID = 3;
export const TRANSPORT_CC_ID = 5;
/** Where the transport-wide number stands in a video packet, and what stands before it. */
export const TRANSPORT_CC_OFFSET = 21;
export const TRANSPORT_CC_HEAD = (TRANSPORT_CC_ID << 4) | 1;
/** The encodings that small and large pictures are of. */
export const SMALL = 0;
export const LARGE = 2;
export const ENCODINGS = [0, 1, 2] as const;

/** Of an encoding of the camera of an endpoint. */
export const videoSsrc = (endpoint: number, encoding: number): number => 0x11110000 + endpoint * 4 + encoding;
export const rtxSsrc = (endpoint: number, encoding: number): number => 0x22220000 + endpoint * 4 + encoding;
export const audioSsrc = (endpoint: number): number => 0x33330000 + endpoint;

const VIDEO_LENGTH = 1100;
/** 20 ms of Opus at 32 kbit/s. */
const AUDIO_LENGTH = 100;
const VIDEO_HEADER = 24;
const DESCRIPTOR = 6;
/** Of each frame in four: its temporal layer, and whether it depends on the lowest alone. Keyframes are the first of four. */
const TEMPORAL = [0, 2, 1, 2] as const;
const SYNC = [false, true, true, false] as const;

/** One packet of a frame. */
export interface VideoPacket {
  readonly sequence: number;
  readonly transportCc: number;
  /** Of the frame since the camera was switched on. */
  readonly frame: number;
  readonly keyframe: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** A packet to write into. */
export function videoBuffer(endpoint: number, encoding: number): Buffer {
  const packet = Buffer.alloc(VIDEO_LENGTH, 0x55);
  packet.writeUInt8(0x90, 0);
  packet.writeUInt32BE(videoSsrc(endpoint, encoding), 8);
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(2, 14);
  packet.writeUInt8((ABS_SEND_TIME_ID << 4) | 2, 16);
  packet.writeUInt8(TRANSPORT_CC_HEAD, TRANSPORT_CC_OFFSET - 1);
  packet.writeUInt8(0, 23);
  // Behind the descriptor, of a keyframe: start code, and a picture of 180, 360 or 720 lines (RFC 6386 s.9.1).
  const header = VIDEO_HEADER + DESCRIPTOR;
  packet.writeUIntBE(0x9d012a, header + 3, 3);
  packet.writeUInt16LE(320 << encoding, header + 6);
  packet.writeUInt16LE(180 << encoding, header + 8);
  return packet;
}

export function writeVideo(
  packet: Buffer,
  { sequence, transportCc, frame, keyframe, first, last }: VideoPacket,
): void {
  packet.writeUInt8((last ? 0x80 : 0) | VP8, 1);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((frame * 3000) >>> 0, 4);
  packet.writeUInt16BE(transportCc & 0xffff, TRANSPORT_CC_OFFSET);
  const step = frame % TEMPORAL.length;
  packet.writeUInt8(first ? 0x90 : 0x80, VIDEO_HEADER);
  packet.writeUInt8(0xe0, VIDEO_HEADER + 1);
  packet.writeUInt16BE(0x8000 | (frame & 0x7fff), VIDEO_HEADER + 2);
  packet.writeUInt8(Math.floor(frame / TEMPORAL.length) & 0xff, VIDEO_HEADER + 4);
  packet.writeUInt8(((TEMPORAL[step] ?? 0) << 6) | (SYNC[step] === true ? 0x20 : 0), VIDEO_HEADER + 5);
  packet.writeUInt8(keyframe ? 0 : 1, VIDEO_HEADER + DESCRIPTOR);
}

export function audioBuffer(endpoint: number): Buffer {
  const packet = Buffer.alloc(AUDIO_LENGTH, 0x33);
  packet.writeUInt8(0x90, 0);
  packet.writeUInt8(OPUS, 1);
  packet.writeUInt32BE(audioSsrc(endpoint), 8);
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(1, 14);
  packet.writeUInt32BE(AUDIO_LEVEL_ID << 28, 16);
  return packet;
}

/** @param level below the loudest, in dB */
export function writeAudio(packet: Buffer, sequence: number, level: number): void {
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 960) >>> 0, 4);
  packet.writeUInt8(0x80 | level, 17);
}

/** Writes into the packet when it is sent, in ms, where it is found whatever becomes of the header. */
export function stamp(packet: Buffer, now: number): void {
  packet.writeDoubleBE(now, packet.length - 8);
}

/** When the packet was sent. */
export function stampOf(packet: Buffer): number {
  return packet.readDoubleBE(packet.length - 8);
}
