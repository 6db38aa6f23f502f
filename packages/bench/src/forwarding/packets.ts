/** The traffic of the benchmark: VP8-shaped RTP of the size that video has, with the header extensions that browsers send. */

/** Of the `index`-th camera. */
export const videoSsrc = (index: number): number => 0x11110000 + index;
export const rtxSsrc = (index: number): number => 0x22220000 + index;
export const VP8 = 100;
export const RTX = 96;
export const ABS_SEND_TIME_ID = 3;
export const TRANSPORT_CC_ID = 5;
export const PACKET_LENGTH = 1100;
/** Packets of one frame. */
const FRAME = 4;
/** Frames from one keyframe to the next. */
const KEYFRAME_INTERVAL = 100;

/** The `index`-th packet, written into `packet` (made by `videoPacket`). */
export function renumber(packet: Buffer, index: number): Buffer {
  const first = index % FRAME === 0;
  const last = index % FRAME === FRAME - 1;
  packet.writeUInt8((last ? 0x80 : 0) | VP8, 1);
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((Math.floor(index / FRAME) * 3000) >>> 0, 4);
  packet.writeUInt16BE(index & 0xffff, 21);
  const keyframe = Math.floor(index / FRAME) % KEYFRAME_INTERVAL === 0;
  // VP8 payload descriptor (RFC 7741 s.4.2): extended, S at the start of a frame, 15-bit picture id.
  packet.writeUInt8(first ? 0x90 : 0x80, 24);
  packet.writeUInt16BE(0x8000 | (Math.floor(index / FRAME) & 0x7fff), 26);
  // The frame header: a keyframe, or not.
  packet.writeUInt8(keyframe ? 0 : 1, 28);
  return packet;
}

/** Writes into the packet when it is sent, in ms, where it is found whatever becomes of the header. */
export function stamp(packet: Buffer, now: number): void {
  packet.writeDoubleBE(now, packet.length - 8);
}

/** When the packet was sent. */
export function stampOf(packet: Buffer): number {
  return packet.readDoubleBE(packet.length - 8);
}

/** @param index of the camera */
export function videoPacket(index: number): Buffer {
  const packet = Buffer.alloc(PACKET_LENGTH, 0x55);
  packet.writeUInt8(0x90, 0);
  packet.writeUInt32BE(videoSsrc(index), 8);
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(2, 14);
  packet.writeUInt8((ABS_SEND_TIME_ID << 4) | 2, 16);
  packet.writeUInt8((TRANSPORT_CC_ID << 4) | 1, 20);
  packet.writeUInt8(0, 23);
  packet.writeUInt8(0x80, 25);
  return renumber(packet, 0);
}
