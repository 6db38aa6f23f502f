/** All that is kept of one received SSRC: numbering, duplicates, losses, statistics. */
import { SequenceUnwrapper } from '../rtp/sequence.js';
import { DuplicateFilter, REACH } from './duplicate-filter.js';
import { NackRequester } from './nack-requester.js';
import { ReceptionStatistics } from './reception-statistics.js';

export class ReceivedStream {
  readonly #sequences = new SequenceUnwrapper();
  readonly #duplicates = new DuplicateFilter();
  readonly statistics: ReceptionStatistics;
  readonly nacks: NackRequester | undefined;
  /** The sequence number that, after one from far behind, says that the sender has begun anew; -1: none. */
  #anew = -1;
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
    let unwrapped = this.#sequences.unwrap(sequence);
    if (this.#sequences.highest - unwrapped >= REACH) {
      if (!this.#beginsAnew(sequence)) {
        this.nacks?.received(unwrapped, now);
        return false;
      }
      unwrapped = this.#sequences.restart(sequence);
      this.statistics.restart();
    }
    this.last = unwrapped;
    this.statistics.received(unwrapped, timestamp, now);
    this.nacks?.received(unwrapped, now);
    return this.#duplicates.accept(unwrapped);
  }

  /** Whether a packet from far behind is the second of two in sequence (RFC 3550 A.1): a single one may be very late. */
  #beginsAnew(sequence: number): boolean {
    const second = sequence === this.#anew;
    this.#anew = second ? -1 : (sequence + 1) & 0xffff;
    return second;
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
