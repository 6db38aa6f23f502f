/**
 * One source as one receiver sees it: of all encodings and layers that arrive one stream that a decoder takes for a single
 * sender's. Encodings are changed at keyframes only; sequence numbers, timestamps and picture ids go on without a gap, while
 * what was lost on the way stays visible.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import type { RtpView } from '../../rtp/rtp-packet.js';
import type { FrameKind, VideoFrame } from '../../rtp/video-frame.js';
import { encodingOf, spatialOf, temporalOf } from '../../receive/encoding-layers.js';
import { DescribedFilter } from './described-filter.js';
import type { LayerFilter, LayerTarget, ProjectedFrame } from './layer-filter.js';
import { PlainFilter } from './plain-filter.js';
import { SequenceMap } from './sequence-map.js';
import { Vp8Filter } from './vp8-filter.js';
import { Vp9Filter } from './vp9-filter.js';

/** RTP ticks a millisecond of every video format. */
const CLOCK = 90;
/** When nothing was sent of the current encoding for so long (ms), a lower one than wanted is better than none. */
const STALE = 500;

const LOWEST: LayerTarget = { spatial: 0, temporal: 0 };

/** The encoding that a packet came on. */
export interface IncomingEncoding {
  readonly index: number;
  readonly descriptor: { readonly structure: DependencyStructure | undefined };
}

/** What differs in a packet when it is sent to this receiver. */
export interface ProjectedPacket extends ProjectedFrame {
  /** Ever-growing. */
  sequence: number;
  timestamp: number;
}

const FILTERS: Readonly<Record<FrameKind, () => LayerFilter>> = {
  vp8: () => new Vp8Filter(),
  vp9: () => new Vp9Filter(),
  described: () => new DescribedFilter(),
  h264: () => new PlainFilter(),
  opaque: () => new PlainFilter(),
};

export class SourceProjection {
  /** The last packet that `offer` accepted. */
  readonly projected: ProjectedPacket = { sequence: -1, timestamp: 0, id: -1, tl0: -1, marker: false };
  /** Set by `offer`: the wanted quality cannot be sent without a keyframe. */
  needsKeyframe = false;
  #target = -1;
  readonly #layers = { spatial: 0, temporal: 0 };
  #wanted = -1;
  /** The encoding that is sent; -1: none. */
  #current = -1;
  #kind: FrameKind = 'opaque';
  #filter: LayerFilter | undefined;
  readonly #numbers = new SequenceMap();
  #timestampDelta = 0;
  /** Of what was sent so far: whether anything, the newest timestamp, number and TL0PICIDX, and when. */
  #started = false;
  #lastTimestamp = 0;
  #lastId = -1;
  #lastTl0 = -1;
  #lastSent = -Infinity;
  /** Of what was sent so far: the newest packet, and whether it ended its frame. */
  #newest = -1;
  #ended = true;

  /** The quality to send, a `layerIndex`; -1: nothing. */
  get target(): number {
    return this.#target;
  }

  set target(index: number) {
    this.#target = index;
    if (index < 0) {
      this.#current = -1;
      this.#wanted = -1;
      return;
    }
    this.#wanted = encodingOf(index);
    this.#layers.spatial = spatialOf(index);
    this.#layers.temporal = temporalOf(index);
  }

  /** The encoding that is sent at present; -1: none. */
  get current(): number {
    return this.#current;
  }

  /** Whether a higher encoding is sent than is wanted, until a keyframe of the lower one comes. */
  get lowering(): boolean {
    return this.#wanted >= 0 && this.#current > this.#wanted;
  }

  /** When the last packet was sent, in ms; -Infinity before the first. */
  get lastSent(): number {
    return this.#lastSent;
  }

  /** What is added to the sender's timestamps. */
  get timestampDelta(): number {
    return this.#timestampDelta;
  }

  /** Another source takes over the stream: it goes on with that source's next keyframe. */
  restart(): void {
    this.#current = -1;
  }

  /**
   * Whether the receiver is sent the packet with the ever-growing number `input`; if so, `projected` tells how. `now` in ms.
   */
  offer(encoding: IncomingEncoding, input: number, view: RtpView, frame: VideoFrame, now: number): boolean {
    this.needsKeyframe = false;
    if (this.#wanted < 0) return false;
    if (encoding.index !== this.#current || frame.kind !== this.#kind) {
      if (!this.#mayBegin(encoding.index, frame, now)) {
        this.needsKeyframe = encoding.index === this.#wanted;
        return false;
      }
      this.#begin(encoding.index, input, view.timestamp, frame, now);
    } else if (this.#current !== this.#wanted && now - this.#lastSent > STALE) {
      this.needsKeyframe = true;
    }
    return this.#accept(encoding, input, view, frame, now);
  }

  /** A packet that nobody is sent, such as padding. */
  leaveOut(encoding: number, input: number): void {
    if (encoding === this.#current) this.#numbers.leaveOut(input);
  }

  #mayBegin(encoding: number, frame: VideoFrame, now: number): boolean {
    // Of an unknown codec keyframes cannot be told.
    if (frame.kind === 'opaque' && !frame.keyframe) return encoding === this.#wanted;
    if (!frame.keyframe || !frame.start) return false;
    if (encoding === this.#wanted || encoding === this.#current) return true;
    return encoding < this.#wanted && (this.#current < 0 || now - this.#lastSent > STALE);
  }

  #begin(encoding: number, input: number, timestamp: number, frame: VideoFrame, now: number): void {
    // A number is kept for the end of a frame that was not whole: or the beginning of the next one would pass for it.
    const unfinished = this.#ended ? 0 : 1;
    this.#numbers.start(input, this.#started ? this.#numbers.next + unfinished : input);
    if (this.#started) {
      const elapsed = Math.max(1, Math.round((now - this.#lastSent) * CLOCK));
      this.#timestampDelta = (this.#lastTimestamp + elapsed - timestamp) | 0;
    }
    if (this.#filter === undefined || frame.kind !== this.#kind) this.#filter = FILTERS[frame.kind]();
    this.#kind = frame.kind;
    this.#filter.begin(
      frame,
      this.#lastId < 0 ? -1 : this.#lastId + 1,
      this.#lastTl0 < 0 ? -1 : (this.#lastTl0 + 1) & 0xff,
    );
    this.#current = encoding;
  }

  #accept(encoding: IncomingEncoding, input: number, view: RtpView, frame: VideoFrame, now: number): boolean {
    const { projected } = this;
    const filter = this.#filter as LayerFilter;
    projected.marker = view.marker;
    const layers = this.lowering ? LOWEST : this.#layers;
    if (!filter.accept(frame, layers, encoding.descriptor.structure, projected)) {
      this.#numbers.leaveOut(input);
      this.needsKeyframe = filter.needsKeyframe;
      return false;
    }
    if (filter.needsKeyframe) this.needsKeyframe = true;
    const sequence = this.#numbers.forward(input);
    if (sequence < 0) return false;
    projected.sequence = sequence;
    projected.timestamp = (view.timestamp + this.#timestampDelta) >>> 0;
    this.#note(now);
    return true;
  }

  #note(now: number): void {
    const { timestamp, id, tl0, sequence, marker } = this.projected;
    if (sequence > this.#newest) {
      this.#newest = sequence;
      this.#ended = marker;
    }
    if (!this.#started || ((timestamp - this.#lastTimestamp) | 0) > 0) {
      this.#lastTimestamp = timestamp;
    }
    if (id >= this.#lastId) {
      this.#lastId = id;
      if (tl0 >= 0) this.#lastTl0 = tl0;
    }
    this.#started = true;
    this.#lastSent = now;
  }
}
