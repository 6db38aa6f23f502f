/** Which reader a video packet needs: by its codec, or by the dependency descriptor where the codec's own header tells too little. */
import { readAv1 } from './av1.js';
import type { DependencyDescriptorReader } from './dependency-descriptor.js';
import { readH264 } from './h264.js';
import type { RtpView } from './rtp-packet.js';
import { resetFrame, type VideoFrame } from './video-frame.js';
import { readVp8 } from './vp8.js';
import { readVp9 } from './vp9.js';

export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1' | 'other';

/** Reads the frame of a packet into `frame`; false when its descriptor is malformed or of no use (yet). */
export function readFrame(
  packet: Buffer,
  view: RtpView,
  codec: VideoCodec,
  descriptor: DependencyDescriptorReader,
  frame: VideoFrame,
): boolean {
  if (codec === 'vp8') return readVp8(packet, view.payloadOffset, view.payloadLength, frame);
  if (codec === 'vp9') return readVp9(packet, view.payloadOffset, view.payloadLength, frame);
  if (view.descriptorOffset !== 0) {
    return descriptor.read(packet, view.descriptorOffset, view.descriptorSize, frame);
  }
  if (codec === 'h264') return readH264(packet, view.payloadOffset, view.payloadLength, frame);
  if (codec === 'av1') return readAv1(packet, view.payloadOffset, view.payloadLength, frame);
  resetFrame(frame, 'opaque');
  return true;
}
