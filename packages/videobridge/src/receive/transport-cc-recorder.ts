/**
 * Records when packets with a transport-wide sequence number arrived and composes feedback for their sender
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Driven by arrivals alone; bounded to one ring of packets.
 */
import { SequenceUnwrapper } from '../rtp/sequence.js';
import { buildTransportCc, LOST, TICKS_PER_MS } from '../rtp/transport-cc.js';

/** Feedback is sent at this interval (ms), or at the shorter one at the end of a frame. */
const INTERVAL = 100;
const FRAME_INTERVAL = 20;
const RING = 1024;

export class TransportCcRecorder {
  readonly #sequences = new SequenceUnwrapper();
  /** Arrival tick of number n in slot n % RING. */
  readonly #arrivals = new Float64Array(RING).fill(LOST);
  #windowStart = -1;
  #newest = -1;
  #lastFeedback = -1;
  #feedbackCount = 0;

  /** Notes the arrival of transport-wide number `sequence` at `now` (ms) and answers whether feedback is due. */
  record(sequence: number, marker: boolean, now: number): boolean {
    this.#note(this.#sequences.unwrap(sequence), Math.round(now * TICKS_PER_MS));
    if (this.#lastFeedback < 0) {
      this.#lastFeedback = now;
      return false;
    }
    const elapsed = now - this.#lastFeedback;
    return elapsed >= INTERVAL || (marker && elapsed >= FRAME_INTERVAL);
  }

  #note(unwrapped: number, tick: number): void {
    if (this.#windowStart < 0) {
      this.#windowStart = unwrapped;
      this.#newest = unwrapped - 1;
    }
    if (unwrapped <= this.#newest - RING) return;
    // A number below the window was reported lost: the window moves back to report it again, now as received.
    if (unwrapped < this.#windowStart) {
      for (let gap = unwrapped; gap < this.#windowStart; gap++) this.#arrivals[gap % RING] = LOST;
      this.#windowStart = unwrapped;
    }
    if (unwrapped > this.#newest) {
      const from = Math.max(this.#newest + 1, unwrapped - RING + 1);
      for (let gap = from; gap < unwrapped; gap++) this.#arrivals[gap % RING] = LOST;
      this.#newest = unwrapped;
      this.#windowStart = Math.max(this.#windowStart, unwrapped - RING + 1);
    }
    this.#arrivals[unwrapped % RING] = tick;
  }

  /** Feedback for everything since the last one: usually one packet, none when nothing arrived. */
  feedback(sender: number, media: number, now: number): Buffer[] {
    this.#lastFeedback = now;
    const packets: Buffer[] = [];
    while (this.#windowStart >= 0 && this.#windowStart <= this.#newest) {
      const arrivals: number[] = [];
      for (let at = this.#windowStart; at <= this.#newest; at++) {
        arrivals.push(this.#arrivals[at % RING] as number);
      }
      const built = buildTransportCc(sender, media, this.#feedbackCount++, this.#windowStart, arrivals);
      packets.push(built.packet);
      this.#windowStart += built.covered;
    }
    return packets;
  }
}
