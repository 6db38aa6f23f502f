/**
 * How much may be sent to one receiver: Google congestion control at the sender, from transport-wide feedback (delay, loss and
 * probes); where the receiver gives none, what it says itself by REMB.
 */
import { LOST, TICKS_PER_MS, type TransportCcFeedback } from '../../rtp/transport-cc.js';
import { AcknowledgedRate } from './acknowledged-rate.js';
import { DelayController } from './delay-controller.js';
import { DelayTrend } from './delay-trend.js';
import { LossController } from './loss-controller.js';
import { Probing } from './probing.js';
import { SendHistory } from './send-history.js';

const INITIAL = 2_500_000;
const MIN = 30_000;
const MAX = 20_000_000;

const bounded = (bitrate: number): number => Math.min(MAX, Math.max(MIN, bitrate));

export class BandwidthEstimator {
  readonly #history = new SendHistory();
  readonly #trend = new DelayTrend();
  readonly #acknowledged = new AcknowledgedRate();
  readonly #delay = new DelayController(INITIAL);
  readonly #loss = new LossController();
  readonly #probing = new Probing();
  #reported = -1;
  #feedbacks = 0;
  #remb: number | undefined;
  /** Reports on packets that were never sent, or long ago. */
  unmatched = 0;
  /** Packets that were reported on, and of these as lost. */
  reported = 0;
  lost = 0;

  /** Whether the receiver has given any feedback: before that nothing is known. */
  get known(): boolean {
    return this.#feedbacks > 0 || this.#remb !== undefined;
  }

  /** Bits a second. */
  get bitrate(): number {
    if (this.#feedbacks === 0 && this.#remb !== undefined) return bounded(this.#remb);
    return bounded(Math.min(this.#delay.bitrate, this.#loss.bitrate));
  }

  /** Notes a packet of `size` octets that was sent under transport-wide number `sequence`. */
  sent(sequence: number, size: number, now: number): void {
    const { sending } = this.#probing;
    this.#history.note(sequence, size, now, sending);
    if (sending !== 0) this.#probing.cluster?.packetSent(size, now);
  }

  /** What the receiver says itself (REMB); it counts until there is transport-wide feedback. */
  remb(bitrate: number): void {
    this.#remb = bitrate;
  }

  feedback({ base, arrivals }: TransportCcFeedback, rtt: number | undefined, now: number): void {
    this.#feedbacks += 1;
    for (let index = 0; index < arrivals.length; index++) {
      const sequence = (base + index) & 0xffff;
      const slot = this.#history.find(sequence);
      const tick = arrivals[index] as number;
      // Reported before, or never sent.
      if (slot < 0) this.unmatched += 1;
      else this.#take(slot, sequence, tick);
    }
    const newest = (base + arrivals.length - 1) & 0xffff;
    if (this.#isNews(newest)) this.#reported = newest;
    this.#judge(rtt, now);
  }

  /** Whether nothing was reported of `sequence` yet. */
  #isNews(sequence: number): boolean {
    return this.#reported < 0 || ((sequence - this.#reported) << 16) >> 16 > 0;
  }

  /** A packet counts as lost once; if it comes later after all, its arrival still tells of the delay. */
  #take(slot: number, sequence: number, tick: number): void {
    const history = this.#history;
    const [size, time] = [history.size(slot), history.time(slot)];
    if (this.#isNews(sequence)) {
      this.reported += 1;
      if (tick === LOST) this.lost += 1;
      this.#loss.packet(size, time, tick === LOST);
    }
    if (tick === LOST) return;
    const arrival = tick / TICKS_PER_MS;
    this.#trend.packet(time, arrival);
    this.#acknowledged.packet(arrival, size);
    const { cluster } = this.#probing;
    if (cluster?.id === history.cluster(slot)) cluster.packetArrived(time, arrival, size);
    history.forget(slot);
  }

  #judge(rtt: number | undefined, now: number): void {
    const probed = this.#probing.take(this.bitrate, now);
    if (probed !== undefined) {
      this.#delay.probed(Math.min(MAX, probed));
      this.#loss.probed(Math.min(MAX, probed));
    }
    let { usage } = this.#trend;
    if (usage === 'overuse') {
      // What queues because of a probe is gone in a moment; its arrival tells more than that.
      if (this.#probing.explains(now)) usage = 'underuse';
      else this.#probing.overused(now);
    }
    const acknowledged = this.#acknowledged.value;
    this.#delay.update(usage, acknowledged, rtt, now);
    this.#loss.update(this.#delay.bitrate, acknowledged, now);
  }

  /** Whether a probe is being sent. */
  get probing(): boolean {
    return this.#probing.sending !== 0;
  }

  /**
   * Octets of padding to send now, of a probe for more bandwidth; to be asked every 5 ms while one is sent, every 20 otherwise.
   * @param wanted bits a second that would be of use
   * @param waiting whether packets wait on our side
   */
  probe(wanted: number, waiting: boolean, now: number): number {
    if (this.#feedbacks === 0) return 0;
    const quiet = !waiting && this.#trend.usage === 'normal';
    return this.#probing.due(this.bitrate, wanted, quiet, now);
  }
}
