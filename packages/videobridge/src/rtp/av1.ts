/** AV1 without dependency descriptor: the aggregation header (AV1 RTP s.4.4) tells where a coded video sequence begins. */
import { resetFrame, type VideoFrame } from './video-frame.js';

/** Reads an AV1 payload of `length` octets at `offset`; false when it is empty. */
export function readAv1(packet: Uint8Array, offset: number, length: number, frame: VideoFrame): boolean {
  resetFrame(frame, 'opaque');
  if (length < 1 || offset + length > packet.length) return false;
  frame.keyframe = ((packet[offset] as number) & 0x08) !== 0;
  frame.start = frame.keyframe;
  return true;
}
