/** The VP8 payload descriptor (RFC 7741 s.4.2) and the start of the frame header behind it (s.4.3, RFC 6386 s.9.1). */
import { resetFrame, type VideoFrame } from './video-frame.js';

const KEYFRAME_HEADER = 10;

/** Reads a VP8 payload of `length` octets at `offset`; false when it is truncated. */
export function readVp8(packet: Uint8Array, offset: number, length: number, frame: VideoFrame): boolean {
  resetFrame(frame, 'vp8');
  const end = offset + length;
  if (length < 1 || end > packet.length) return false;
  const first = packet[offset] as number;
  let at = offset + 1;
  if ((first & 0x80) !== 0) {
    const flags = packet[at++] as number;
    if ((flags & 0x80) !== 0) at = readPictureId(packet, at, frame);
    if ((flags & 0x40) !== 0) {
      frame.tl0 = packet[at] as number;
      frame.tl0Offset = at++;
    }
    if ((flags & 0x30) !== 0) {
      const layer = packet[at++] as number;
      if ((flags & 0x20) !== 0) {
        frame.temporal = layer >> 6;
        frame.sync = (layer & 0x20) !== 0;
      }
    }
  }
  if (at > end) return false;
  // S bit, partition 0: the frame header follows, unless there is no payload at all.
  frame.start = (first & 0x17) === 0x10;
  if (frame.start && at < end && ((packet[at] as number) & 0x01) === 0) {
    frame.keyframe = true;
    if (at + KEYFRAME_HEADER <= end) {
      frame.heights.push((((packet[at + 9] as number) & 0x3f) << 8) | (packet[at + 8] as number));
    }
  }
  return true;
}

/** The M bit makes the picture id 15 bits long. Answers where it ends; reading past the packet's end does no harm. */
export function readPictureId(packet: Uint8Array, at: number, frame: VideoFrame): number {
  const first = packet[at] as number;
  frame.idOffset = at;
  if ((first & 0x80) === 0) {
    frame.id = first;
    frame.idBits = 7;
    return at + 1;
  }
  frame.id = ((first & 0x7f) << 8) | (packet[at + 1] as number);
  frame.idBits = 15;
  return at + 2;
}
