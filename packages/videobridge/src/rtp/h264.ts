/**
 * Where an H.264 keyframe begins (RFC 6184): with the sequence parameter set, without which no decoder can start; alone or as
 * the first in an aggregation packet.
 */
import { resetFrame, type VideoFrame } from './video-frame.js';

const SEQUENCE_PARAMETER_SET = 7;
const STAP_A = 24;

/** Reads an H.264 payload of `length` octets at `offset`; false when it is empty. */
export function readH264(packet: Uint8Array, offset: number, length: number, frame: VideoFrame): boolean {
  resetFrame(frame, 'h264');
  const end = offset + length;
  if (length < 1 || end > packet.length) return false;
  const type = (packet[offset] as number) & 0x1f;
  frame.keyframe =
    type === SEQUENCE_PARAMETER_SET || (type === STAP_A && aggregatesParameters(packet, offset + 1, end));
  frame.start = frame.keyframe;
  return true;
}

function aggregatesParameters(packet: Uint8Array, at: number, end: number): boolean {
  while (at + 3 <= end) {
    if (((packet[at + 2] as number) & 0x1f) === SEQUENCE_PARAMETER_SET) return true;
    at += 2 + (((packet[at] as number) << 8) | (packet[at + 1] as number));
  }
  return false;
}
