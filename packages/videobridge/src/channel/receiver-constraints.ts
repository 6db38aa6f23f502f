/**
 * What a receiver has asked for (ReceiverVideoConstraints): each message changes the fields it carries and leaves the others.
 */
import type { ReceiverVideoConstraints, VideoConstraints } from '@conclave/signaling';

export class ReceiverConstraints {
  /** -1: no limit. */
  lastN = -1;
  selectedSources: readonly string[] = [];
  onStageSources: readonly string[] = [];
  defaultConstraints: VideoConstraints | undefined;
  /** By source name. */
  constraints: ReadonlyMap<string, VideoConstraints> = new Map();

  update(message: Partial<ReceiverVideoConstraints>): void {
    this.lastN = message.lastN ?? this.lastN;
    this.selectedSources = message.selectedSources ?? this.selectedSources;
    this.onStageSources = message.onStageSources ?? this.onStageSources;
    this.defaultConstraints = message.defaultConstraints ?? this.defaultConstraints;
    this.constraints = message.constraints ?? this.constraints;
  }
}
