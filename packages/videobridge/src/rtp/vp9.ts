/** The VP9 payload descriptor (RFC 9628 s.4.2): picture, spatial and temporal layer, and what depends on what. */
import { readPictureId } from './vp8.js';
import { resetFrame, type VideoFrame } from './video-frame.js';

/** Reads a VP9 payload of `length` octets at `offset`; false when it is truncated. */
export function readVp9(packet: Uint8Array, offset: number, length: number, frame: VideoFrame): boolean {
  resetFrame(frame, 'vp9');
  const end = offset + length;
  if (length < 1 || end > packet.length) return false;
  const first = packet[offset] as number;
  const flexible = (first & 0x10) !== 0;
  let at = offset + 1;
  frame.interPicture = (first & 0x40) !== 0;
  frame.start = (first & 0x08) !== 0;
  frame.end = (first & 0x04) !== 0;
  frame.reference = (first & 0x01) === 0;
  if ((first & 0x80) !== 0) at = readPictureId(packet, at, frame);
  if ((first & 0x20) !== 0) {
    const layer = packet[at++] as number;
    frame.temporal = layer >> 5;
    frame.sync = (layer & 0x10) !== 0;
    frame.spatial = (layer >> 1) & 0x07;
    frame.interLayer = (layer & 0x01) !== 0;
    if (!flexible) {
      frame.tl0 = packet[at] as number;
      frame.tl0Offset = at++;
    }
  }
  if (flexible && frame.interPicture) {
    // At most three reference indices, each telling whether one more follows.
    for (let count = 0; count < 3 && ((packet[at++] as number) & 0x01) !== 0;) count += 1;
  }
  if ((first & 0x02) !== 0) readStructure(packet, at, end, frame);
  frame.keyframe = frame.start && !frame.interPicture && frame.spatial === 0 && !frame.interLayer;
  return at <= end;
}

/** The heights in a scalability structure (s.4.2.1); a truncated one tells none. */
function readStructure(packet: Uint8Array, at: number, end: number, frame: VideoFrame): void {
  const head = packet[at++] as number;
  if ((head & 0x10) === 0) return;
  const layers = (head >> 5) + 1;
  if (at + layers * 4 > end) return;
  for (let layer = 0; layer < layers; layer++) {
    frame.heights.push(((packet[at + 2] as number) << 8) | (packet[at + 3] as number));
    at += 4;
  }
}
