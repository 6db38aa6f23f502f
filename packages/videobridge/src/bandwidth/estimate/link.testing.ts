/** A link on a virtual clock: a queue before a given rate, a delay, losses; with a receiver that gives transport-wide feedback. */
import { LOST } from '../../rtp/transport-cc.js';
import { BandwidthEstimator } from './bandwidth-estimator.js';

export interface LinkConditions {
  /** Bits a second. */
  readonly rate: number;
  /** One way, in ms. */
  readonly delay: number;
  /** Share of packets that vanish. */
  readonly loss: number;
  /** Longest queue, in ms of the link's rate; what does not fit is lost. */
  readonly queue: number;
  /** Deviation of the delay from packet to packet, in ms. */
  readonly jitter?: number;
}

interface Traveller {
  readonly sequence: number;
  readonly arrival: number;
}

const STEP = 5;
const FEEDBACK = 60;
const TICK = 20;
const PACKET = 1100;
const AUDIO_PACKET = 120;
/** A layer is begun when there is room for so much more than it takes. */
const HEADROOM = 1.15;

/** Pseudo-random numbers in 0 … 1, the same in every run (a linear congruential generator). */
function randomNumbers(): () => number {
  let state = 12_345;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** What the sender has: the bit rates of the layers that it may choose from. */
export interface Sending {
  readonly layers: readonly number[];
}

export class SimulatedLink {
  now = 100_000;
  readonly estimator = new BandwidthEstimator();
  conditions: LinkConditions;
  /** Longest time in ms that a packet waited in the queue since this was set to zero. */
  longestWait = 0;
  /** The layer that was sent at each tick. */
  readonly sentLayers: number[] = [];
  /** Packets of sound, which go every 20 ms beside the layers, and how many of them were lost. */
  audio = { sent: 0, lost: 0 };
  #sequence = 65_000;
  #free = 0;
  #owed = 0;
  #underway: Traveller[] = [];
  #unreported: Traveller[] = [];
  #reportedTo = this.#sequence;
  readonly #random = randomNumbers();

  constructor(conditions: LinkConditions) {
    this.conditions = conditions;
  }

  /** Lets `ms` pass, during which the highest layer that the estimate allows is sent. */
  run(ms: number, { layers }: Sending): void {
    let chosen = this.sentLayers.at(-1) ?? 0;
    for (const end = this.now + ms; this.now < end; this.now += STEP) {
      const ideal = layers.at(-1) ?? 0;
      const { bitrate } = this.estimator;
      const room = bitrate - (AUDIO_PACKET * 8000) / TICK;
      chosen = layers.findLast((rate) => rate * (rate > chosen ? HEADROOM : 1) <= room) ?? 0;
      this.#owed += (chosen * STEP) / 8000;
      if (this.now % TICK === 0) {
        this.sentLayers.push(chosen);
        this.audio.sent += 1;
        if (!this.#send(AUDIO_PACKET)) this.audio.lost += 1;
      }
      for (; this.#owed >= PACKET; this.#owed -= PACKET) this.#send(PACKET);
      const wanted = ideal > chosen ? HEADROOM * ideal : 0;
      for (let due = this.estimator.probe(wanted, false, this.now); due > 0; due -= PACKET)
        this.#send(PACKET);
      this.#arrive();
      if (this.now % FEEDBACK < STEP) this.#report();
    }
  }

  /** Whether the packet arrives. */
  #send(size: number): boolean {
    const { rate, delay, loss, queue, jitter = 0 } = this.conditions;
    const sequence = this.#sequence++;
    this.estimator.sent(sequence & 0xffff, size, this.now);
    const start = Math.max(this.now, this.#free);
    if (start - this.now > queue || this.#random() < loss) return false;
    this.#free = start + (size * 8000) / rate;
    this.longestWait = Math.max(this.longestWait, this.#free - this.now);
    this.#underway.push({ sequence, arrival: this.#free + delay + jitter * this.#random() });
    return true;
  }

  #arrive(): void {
    this.#unreported.push(...this.#underway.filter(({ arrival }) => arrival <= this.now));
    this.#underway = this.#underway.filter(({ arrival }) => arrival > this.now);
  }

  #report(): void {
    if (this.#unreported.length === 0) return;
    const last = Math.max(...this.#unreported.map(({ sequence }) => sequence));
    const base = Math.min(this.#reportedTo, ...this.#unreported.map(({ sequence }) => sequence));
    const arrivals = Array.from({ length: last - base + 1 }, () => LOST);
    for (const { sequence, arrival } of this.#unreported) arrivals[sequence - base] = Math.round(arrival * 4);
    this.#unreported = [];
    this.#reportedTo = last + 1;
    const rtt = 2 * this.conditions.delay;
    this.estimator.feedback(
      { base: base & 0xffff, feedbackCount: 0, arrivals },
      rtt,
      this.now + this.conditions.delay,
    );
  }
}
