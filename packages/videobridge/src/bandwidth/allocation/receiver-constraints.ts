/**
 * What a receiver has asked for (ReceiverVideoConstraints): each message changes the fields it carries and leaves the others.
 * Before the first message it is sent no video at all.
 */
import type { ReceiverVideoConstraints, VideoConstraints } from '@conclave/signaling';

/** Lines of a source that nothing was said of, once anything was said. */
const DEFAULT_HEIGHT = 180;

export class ReceiverConstraints {
  /** -1: no limit. */
  lastN = -1;
  selectedSources: readonly string[] = [];
  onStageSources: readonly string[] = [];
  #assumed: number | undefined;
  #default: VideoConstraints = { maxHeight: 0 };
  #told = false;
  /** By source name. */
  #constraints: ReadonlyMap<string, VideoConstraints> = new Map();

  /** @param mostAssumed bits a second that a receiver may say to have; -1: what it says does not count */
  constructor(private readonly mostAssumed = -1) {}

  /** Bits a second that the receiver says to have, as far as that counts; undefined: what is estimated. */
  get assumedBandwidth(): number | undefined {
    return this.#assumed === undefined || this.mostAssumed < 0
      ? undefined
      : Math.min(this.#assumed, this.mostAssumed);
  }

  update(message: Partial<ReceiverVideoConstraints>): void {
    if (!this.#told) this.#default = { maxHeight: DEFAULT_HEIGHT };
    this.#told = true;
    this.lastN = message.lastN ?? this.lastN;
    this.selectedSources = message.selectedSources ?? this.selectedSources;
    this.onStageSources = message.onStageSources ?? this.onStageSources;
    this.#default = message.defaultConstraints ?? this.#default;
    this.#constraints = message.constraints ?? this.#constraints;
    const assumed = message.assumedBandwidthBps;
    if (assumed !== undefined) this.#assumed = assumed < 0 ? undefined : assumed;
  }

  /** For operators. */
  get state(): object {
    const { assumedBandwidth, lastN, onStageSources, selectedSources } = this;
    return {
      lastN,
      onStage: onStageSources,
      selected: selectedSources,
      default: this.#default,
      constraints: Object.fromEntries(this.#constraints),
      assumedBandwidth: assumedBandwidth ?? null,
    };
  }

  /** Lines at most of source `name`; -1: no limit, 0: none of it. */
  maxHeight(name: string): number {
    const { maxHeight, maxFrameRate } = this.#constraints.get(name) ?? this.#default;
    return maxFrameRate === 0 ? 0 : maxHeight;
  }

  /** Frames a second at most; -1: no limit. */
  maxFrameRate(name: string): number {
    return (this.#constraints.get(name) ?? this.#default).maxFrameRate ?? -1;
  }
}
