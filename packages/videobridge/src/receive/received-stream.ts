/** All that is kept of one received SSRC: numbering, duplicates, losses, statistics. */
import { SequenceUnwrapper } from '../rtp/sequence.js';
import { DuplicateFilter } from './duplicate-filter.js';
import { NackRequester } from './nack-requester.js';
import { ReceptionStatistics } from './reception-statistics.js';

export class ReceivedStream {
  readonly #sequences = new SequenceUnwrapper();
  readonly #duplicates = new DuplicateFilter();
  readonly statistics: ReceptionStatistics;
  readonly nacks: NackRequester | undefined;
  /** Ever-growing number of the packet that was noted last. */
  last = -1;
  /** Packets that came as retransmissions and had been missing. */
  restored = 0;

  /** `clock`: RTP ticks a millisecond; `recover`: whether losses are asked for again. */
  constructor(ssrc: number, clock: number, recover: boolean) {
    this.statistics = new ReceptionStatistics(ssrc, clock);
    this.nacks = recover ? new NackRequester() : undefined;
  }

  /** Notes a packet that came as itself; false for a second copy. */
  received(sequence: number, timestamp: number, now: number): boolean {
    const unwrapped = this.#sequences.unwrap(sequence);
    this.last = unwrapped;
    this.statistics.received(unwrapped, timestamp, now);
    this.nacks?.received(unwrapped, now);
    return this.#duplicates.accept(unwrapped);
  }

  /** Notes a packet that came as a retransmission on another SSRC; false for a second copy. */
  recovered(sequence: number, now: number): boolean {
    const unwrapped = this.#sequences.unwrap(sequence);
    this.last = unwrapped;
    this.nacks?.received(unwrapped, now);
    if (!this.#duplicates.accept(unwrapped)) return false;
    this.restored += 1;
    return true;
  }
}
