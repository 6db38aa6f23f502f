/**
 * What the bridge needs to know of the frame that a video packet belongs to, read from what stands unencrypted in the packet:
 * a codec's payload descriptor or the dependency descriptor. Read once a packet into a view that is reused for the next.
 */

/** How frames are described, which decides how layers are chosen and frames are numbered. */
export type FrameKind = 'opaque' | 'vp8' | 'vp9' | 'h264' | 'described';

export interface VideoFrame {
  kind: FrameKind;
  /** The packet begins a keyframe, i.e. one from which a decoder can start. */
  keyframe: boolean;
  /** The packet is the first (the last) of its frame; of one spatial layer of it, where there are several. */
  start: boolean;
  end: boolean;
  /** Picture id or frame number; -1 when there is none. */
  id: number;
  /** Where it stands, and in how many bits: 7, 15 or 16. */
  idOffset: number;
  idBits: number;
  /** TL0PICIDX and where it stands; -1 when there is none. */
  tl0: number;
  tl0Offset: number;
  spatial: number;
  temporal: number;
  /** From this frame on the temporal layer of the frame can be decoded without having had earlier frames of it. */
  sync: boolean;
  /** VP9: depends on earlier pictures (P), on a lower spatial layer of the same picture (D), is one for a higher layer (not Z). */
  interPicture: boolean;
  interLayer: boolean;
  reference: boolean;
  /** Of a keyframe: height of the picture in lines, of each spatial layer where it is known; empty otherwise. */
  readonly heights: number[];
  /** Dependency descriptor: for each decode target whether the frame belongs to it (a `Dti`). */
  readonly dtis: Uint8Array;
  dtiCount: number;
  /** Dependency descriptor: distances to the frames that this one depends on. */
  readonly fdiffs: Uint16Array;
  fdiffCount: number;
}

/** Decode target indications (AV1 RTP s.A.3). */
export const NOT_PRESENT = 0;
export const SWITCH = 2;

export const MAX_DECODE_TARGETS = 32;
export const MAX_FDIFFS = 16;

export function videoFrame(): VideoFrame {
  return {
    kind: 'opaque',
    keyframe: false,
    start: false,
    end: false,
    id: -1,
    idOffset: 0,
    idBits: 0,
    tl0: -1,
    tl0Offset: 0,
    spatial: 0,
    temporal: 0,
    sync: false,
    interPicture: false,
    interLayer: false,
    reference: true,
    heights: [],
    dtis: new Uint8Array(MAX_DECODE_TARGETS),
    dtiCount: 0,
    fdiffs: new Uint16Array(MAX_FDIFFS),
    fdiffCount: 0,
  };
}

/** Makes `frame` one of which nothing is known. */
export function resetFrame(frame: VideoFrame, kind: FrameKind): void {
  frame.kind = kind;
  frame.keyframe = false;
  frame.start = false;
  frame.end = false;
  frame.id = -1;
  frame.tl0 = -1;
  frame.spatial = 0;
  frame.temporal = 0;
  frame.sync = false;
  frame.interPicture = false;
  frame.interLayer = false;
  frame.reference = true;
  if (frame.heights.length > 0) frame.heights.length = 0;
  frame.dtiCount = 0;
  frame.fdiffCount = 0;
}

/** Writes picture id or frame number `id` at `offset`, in as many bits as the sender used. */
export function writeFrameId(packet: Uint8Array, offset: number, bits: number, id: number): void {
  if (bits === 7) {
    packet[offset] = id & 0x7f;
    return;
  }
  packet[offset] = bits === 15 ? 0x80 | ((id >> 8) & 0x7f) : id >> 8;
  packet[offset + 1] = id;
}
