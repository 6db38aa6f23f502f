/**
 * Picture ids and TL0PICIDX, as the descriptors of VP8 and VP9 have them (RFC 7741 s.4.2, RFC 9628 s.4.2): the former grow on beyond
 * their few bits, the latter go on where the receiver's have ended.
 */
import { Unwrapper } from '../../rtp/sequence.js';
import type { VideoFrame } from '../../rtp/video-frame.js';
import type { ProjectedFrame } from './layer-filter.js';

export class PictureIds {
  #ids = new Unwrapper();
  #tl0Delta = 0;

  /** Begins with the packet of a keyframe, whose TL0PICIDX becomes `nextTl0` (-1: stays what it is). Answers its picture; -1: none. */
  begin(frame: VideoFrame, nextTl0: number): number {
    this.#ids = new Unwrapper();
    this.#tl0Delta = nextTl0 < 0 || frame.tl0 < 0 ? 0 : nextTl0 - frame.tl0;
    return frame.id < 0 ? -1 : this.#ids.unwrap(frame.id, frame.idBits);
  }

  /** Writes TL0PICIDX into `projected`, and no id as yet. Answers the ever-growing id of the picture; -1: none. */
  read(frame: VideoFrame, projected: ProjectedFrame): number {
    projected.tl0 = frame.tl0 < 0 ? -1 : (frame.tl0 + this.#tl0Delta) & 0xff;
    projected.id = -1;
    return frame.id < 0 ? -1 : this.#ids.unwrap(frame.id, frame.idBits);
  }
}
