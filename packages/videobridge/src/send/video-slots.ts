/**
 * The streams on which a receiver sees others. Without SSRC rewriting each source has one under its own SSRCs; with it there is a
 * fixed number of them, and a source that is sent nothing at present gives its stream up to one that is (LRU).
 */
import type { Egress } from './egress.js';
import { ForwardedVideo } from './forwarded-video.js';

export interface VideoSlotOptions {
  readonly most: number;
  readonly newSsrc: () => number;
  readonly rtxPayloadType: (original: number) => number | undefined;
}

export class VideoSlots {
  /** Least recently taken first. */
  readonly #slots: ForwardedVideo[] = [];
  /** Slots that belong to no source. */
  readonly #vacant: ForwardedVideo[] = [];

  constructor(
    private readonly egress: Egress,
    private readonly options: VideoSlotOptions,
  ) {}

  /** A stream for a source that is new; one that was another's is among those that are sent nothing. */
  take(): ForwardedVideo {
    const slot = this.#vacant.pop() ?? this.#open() ?? this.#evict();
    slot.restart();
    slot.target = -1;
    return slot;
  }

  #open(): ForwardedVideo | undefined {
    const { most, newSsrc, rtxPayloadType } = this.options;
    if (this.#slots.length >= most) return undefined;
    const slot = new ForwardedVideo(this.egress, { ssrc: newSsrc(), rtx: newSsrc(), rtxPayloadType });
    this.#slots.push(slot);
    return slot;
  }

  #evict(): ForwardedVideo {
    const index = Math.max(
      0,
      this.#slots.findIndex(({ target }) => target < 0),
    );
    const [slot] = this.#slots.splice(index, 1) as [ForwardedVideo];
    this.#slots.push(slot);
    return slot;
  }

  /** The source of `slot` has gone. */
  release(slot: ForwardedVideo): void {
    slot.target = -1;
    this.#vacant.push(slot);
  }
}
