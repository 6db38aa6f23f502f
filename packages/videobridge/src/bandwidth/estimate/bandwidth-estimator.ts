/**
 * How much may be sent to one receiver: Google congestion control at the sender, from transport-wide feedback (delay, loss and
 * probes); where the receiver gives none, what it says itself by REMB.
 */
import { LOST, TICKS_PER_MS, type TransportCcFeedback } from '../../rtp/transport-cc.js';
import { AcknowledgedRate } from './acknowledged-rate.js';
import { DelayController } from './delay-controller.js';
import { DelayTrend } from './delay-trend.js';
import { LossController } from './loss-controller.js';
import { ProbeCluster } from './probe-cluster.js';
import { SendHistory } from './send-history.js';

const INITIAL = 2_500_000;
const MIN = 30_000;
const MAX = 20_000_000;
const DEFAULT_RTT = 200;
/** A probe is twice as much as is known to pass, up to this. */
const PROBE_FACTOR = 2;
const MAX_PROBE = 6_000_000;
/** Between probes, and after the link was found too full, in ms; longer while probes find nothing. */
const PROBE_INTERVAL = 3000;
const MAX_PROBE_INTERVAL = 6000;
const AFTER_DECREASE = 3000;
/** For this long (ms) the feedback on a probe is waited for. */
const PROBE_TIMEOUT = 1000;

export class BandwidthEstimator {
  readonly #history = new SendHistory();
  readonly #trend = new DelayTrend();
  readonly #acknowledged = new AcknowledgedRate();
  readonly #delay = new DelayController(INITIAL);
  readonly #loss = new LossController();
  #cluster: ProbeCluster | undefined;
  #clusters = 0;
  #probedAt = -Infinity;
  #probeInterval = PROBE_INTERVAL;
  #reported = -1;
  #feedbacks = 0;
  #remb: number | undefined;
  /** Reports on packets that were never sent, or long ago. */
  unmatched = 0;

  /** Whether the receiver has given any feedback: before that nothing is known. */
  get known(): boolean {
    return this.#feedbacks > 0 || this.#remb !== undefined;
  }

  /** Bits a second. */
  get bitrate(): number {
    if (this.#feedbacks === 0 && this.#remb !== undefined) return Math.max(MIN, this.#remb);
    return Math.min(MAX, Math.max(MIN, Math.min(this.#delay.bitrate, this.#loss.bitrate)));
  }

  /** Bits a second that get through at present; undefined while unknown. */
  get acknowledged(): number | undefined {
    return this.#acknowledged.value;
  }

  /** Notes a packet of `size` octets that was sent under transport-wide number `sequence`. */
  sent(sequence: number, size: number, now: number): void {
    const cluster = this.#cluster;
    const probing = cluster !== undefined && !cluster.sent;
    this.#history.note(sequence, size, now, probing ? cluster.id : 0);
    if (probing) cluster.packetSent(size);
  }

  /** What the receiver says itself (REMB); it counts until there is transport-wide feedback. */
  remb(bitrate: number): void {
    this.#remb = bitrate;
  }

  feedback({ base, arrivals }: TransportCcFeedback, rtt: number | undefined, now: number): void {
    this.#feedbacks += 1;
    const before = this.bitrate;
    let [sent, lost] = [0, 0];
    for (const [index, tick] of arrivals.entries()) {
      const sequence = (base + index) & 0xffff;
      const slot = this.#history.find(sequence);
      if (slot < 0) {
        // Reported lost before, or twice.
        this.unmatched += 1;
        continue;
      }
      if (tick === LOST) {
        // It counts as lost once; if it comes later after all, its arrival still tells of the delay.
        if (this.#isNews(sequence)) [sent, lost] = [sent + 1, lost + 1];
        continue;
      }
      if (this.#isNews(sequence)) sent += 1;
      this.#arrived(slot, tick / TICKS_PER_MS);
    }
    const newest = (base + arrivals.length - 1) & 0xffff;
    if (this.#isNews(newest)) this.#reported = newest;
    this.#delay.update(this.#trend.usage, this.#acknowledged.value, rtt, now);
    this.#loss.update(sent, lost, before, rtt ?? DEFAULT_RTT, now);
    this.#takeProbe(now);
  }

  /** Whether nothing was reported of `sequence` yet. */
  #isNews(sequence: number): boolean {
    return this.#reported < 0 || ((sequence - this.#reported) << 16) >> 16 > 0;
  }

  #arrived(slot: number, arrival: number): void {
    const size = this.#history.size(slot);
    const time = this.#history.time(slot);
    this.#trend.packet(time, arrival);
    this.#acknowledged.packet(arrival, size);
    const cluster = this.#cluster;
    if (cluster?.id === this.#history.cluster(slot)) cluster.packetArrived(time, arrival, size);
    this.#history.forget(slot);
  }

  #takeProbe(now: number): void {
    const cluster = this.#cluster;
    if (cluster === undefined) return;
    const result = cluster.result;
    if (result !== undefined) {
      const found = result > 1.1 * this.bitrate;
      this.#probeInterval = found ? PROBE_INTERVAL : Math.min(MAX_PROBE_INTERVAL, this.#probeInterval * 1.5);
      this.#delay.probed(Math.min(MAX, result));
      this.#loss.probed(Math.min(MAX, result));
    }
    if (result !== undefined || now - cluster.startedAt > PROBE_TIMEOUT) this.#cluster = undefined;
  }

  /**
   * Octets to send in this tick beyond media, for a receiver that is sent `current` bits a second and could use `ideal`: those of
   * a probe, or padding that lets the estimate grow to what is wanted.
   */
  padding(current: number, ideal: number, elapsed: number, now: number): number {
    if (this.#feedbacks === 0 || ideal <= current) return 0;
    const probe = this.#probe(ideal, now);
    if (probe !== undefined) return (probe.bitrate * elapsed) / 8000;
    if (ideal <= this.bitrate || this.#trend.usage !== 'normal') return 0;
    return (Math.max(0, Math.min(ideal, this.bitrate) - current) * elapsed) / 8000;
  }

  /** The probe that is being sent, or a new one if it is time for that. */
  #probe(ideal: number, now: number): ProbeCluster | undefined {
    const running = this.#cluster;
    if (running !== undefined) {
      return !running.sent && running.begin(now) ? running : undefined;
    }
    if (ideal <= this.bitrate || this.#trend.usage === 'overuse') return undefined;
    if (now - this.#probedAt < this.#probeInterval || now - this.#delay.lastDecrease < AFTER_DECREASE)
      return undefined;
    this.#probedAt = now;
    this.#clusters = (this.#clusters + 1) & 0xffff || 1;
    const bitrate = Math.min(MAX_PROBE, PROBE_FACTOR * this.bitrate, 1.5 * ideal);
    this.#cluster = new ProbeCluster(this.#clusters, bitrate, now);
    this.#cluster.begin(now);
    return this.#cluster;
  }
}
