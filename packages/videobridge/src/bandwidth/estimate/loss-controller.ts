/**
 * The rate that losses allow (loss-based control of Google congestion control, version 2). A link is taken to lose some share of all
 * packets at random, and everything beyond its bandwidth; of several bandwidths the one that explains best what was observed is
 * believed. So a radio link that always loses one packet in twenty is not starved, while sending too much is answered.
 */

/** Packets are judged together that were sent within so many ms. */
const OBSERVATION = 250;
/** So many observations count, each less than the next by this share; below the least number nothing is said. */
const OBSERVATIONS = 15;
const LEAST_OBSERVATIONS = 3;
const WEIGHT = 0.9;
/** Share of packets that a link loses by nature: at least, at first, and at most (more where the bandwidth is small). */
const MIN_INHERENT = 0.001;
const FIRST_INHERENT = 0.01;
const MAX_INHERENT = 0.05;
const INHERENT_BANDWIDTH = 100_000;
/** Of two bandwidths that explain the losses alike the higher one is preferred, while losses are below this share. */
const PREFERENCE = { linear: 0.0002, logarithmic: 0.02, below: 0.2 };
/** Bandwidths that are tried, relative to what is believed. */
const CANDIDATES = [1.02, 1, 0.95];
const NEWTON_STEP = 0.75;
/** Once losses limit the rate, it rises no further than this above what gets through, and so long (ms) not at all. */
const ABOVE_ACKNOWLEDGED = 1.5;
const HOLD = 300;

interface Observation {
  /** Octets that arrived and that were lost. */
  readonly arrived: number;
  readonly lost: number;
  /** Bits a second at which they were sent. */
  readonly rate: number;
}

interface Model {
  /** Bits a second. */
  readonly bandwidth: number;
  /** Share of packets that are lost whatever the rate. */
  readonly inherent: number;
}

export class LossController {
  #arrived = 0;
  #lost = 0;
  #from = -1;
  #to = -1;
  /** Newest first. */
  readonly #observations: Observation[] = [];
  #model: Model | undefined;
  #reduced = -Infinity;
  #limited = false;

  /** Bits a second; Infinity while losses are no reason to send less than the delay allows. */
  get bitrate(): number {
    return this.#limited ? (this.#model?.bandwidth ?? Infinity) : Infinity;
  }

  /** Notes what became of a packet of `size` octets that was sent at `time` (ms). */
  packet(size: number, time: number, lost: boolean): void {
    if (this.#from < 0 || time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
    if (lost) this.#lost += size;
    else this.#arrived += size;
  }

  /**
   * To be called after the packets of a feedback.
   * @param delayBased bits a second that the delay allows
   * @param acknowledged bits a second that get through; undefined while unknown
   */
  update(delayBased: number, acknowledged: number | undefined, now: number): void {
    const duration = this.#to - this.#from;
    if (this.#from < 0 || duration < OBSERVATION) return;
    const [arrived, lost] = [this.#arrived, this.#lost];
    this.#observations.unshift({ arrived, lost, rate: ((arrived + lost) * 8000) / duration });
    if (this.#observations.length > OBSERVATIONS) this.#observations.pop();
    this.#arrived = 0;
    this.#lost = 0;
    this.#from = -1;
    this.#to = -1;
    const before = this.#model ?? { bandwidth: delayBased, inherent: FIRST_INHERENT };
    this.#model = before;
    if (this.#observations.length >= LEAST_OBSERVATIONS) this.#judge(before, delayBased, acknowledged, now);
  }

  /** A probe has shown that the link carries so much. */
  probed(bitrate: number): void {
    const model = this.#model;
    if (model !== undefined && bitrate > model.bandwidth) this.#model = { ...model, bandwidth: bitrate };
  }

  #judge(before: Model, delayBased: number, acknowledged: number | undefined, now: number): void {
    const loss = this.#meanLoss;
    const best = this.#best(before, candidates(before.bandwidth, delayBased, acknowledged), loss);
    let { bandwidth } = best;
    if (this.#limited && bandwidth > before.bandwidth) {
      const most = now - this.#reduced < HOLD ? 0 : ABOVE_ACKNOWLEDGED * (acknowledged ?? Infinity);
      bandwidth = Math.max(before.bandwidth, Math.min(bandwidth, most));
    }
    bandwidth = Math.min(bandwidth, instantBound(loss));
    if (bandwidth < before.bandwidth) this.#reduced = now;
    this.#limited = bandwidth < delayBased;
    this.#model = { bandwidth, inherent: best.inherent };
  }

  /** Share of the octets that were lost of late. */
  get #meanLoss(): number {
    let [lost, all, weight] = [0, 0, 1];
    for (const each of this.#observations) {
      lost += weight * each.lost;
      all += weight * (each.lost + each.arrived);
      weight *= WEIGHT;
    }
    return all === 0 ? 0 : lost / all;
  }

  #best({ inherent }: Model, bandwidths: readonly number[], loss: number): Model {
    let best: Model = { bandwidth: bandwidths[0] ?? 0, inherent };
    let highest = -Infinity;
    for (const bandwidth of bandwidths) {
      const model = { bandwidth, inherent: this.#fit(inherent, bandwidth) };
      const likelihood = this.#likelihood(model, loss);
      if (likelihood > highest) [best, highest] = [model, likelihood];
    }
    return best;
  }

  /** The inherent loss that explains the observations best at `bandwidth`: one step of Newton's method towards it. */
  #fit(inherent: number, bandwidth: number): number {
    let [first, second, weight] = [0, 0, 1];
    const start = within(inherent, bandwidth);
    for (const { arrived, lost, rate } of this.#observations) {
      const probability = lossProbability(rate, bandwidth, start);
      first += weight * (lost / probability - arrived / (1 - probability));
      second -= weight * (lost / probability ** 2 + arrived / (1 - probability) ** 2);
      weight *= WEIGHT;
    }
    return second === 0 ? start : within(start - (NEWTON_STEP * first) / second, bandwidth);
  }

  #likelihood({ bandwidth, inherent }: Model, loss: number): number {
    const kbps = bandwidth / 1000;
    const sign = Math.sign(PREFERENCE.below - loss);
    const preference = sign * (PREFERENCE.linear * kbps + PREFERENCE.logarithmic * Math.log(1 + kbps));
    let [sum, weight] = [0, 1];
    for (const { arrived, lost, rate } of this.#observations) {
      const probability = lossProbability(rate, bandwidth, inherent);
      const fit = lost * Math.log(probability) + arrived * Math.log(1 - probability);
      sum += (weight * (fit + preference * (arrived + lost))) / 1000;
      weight *= WEIGHT;
    }
    return sum;
  }
}

/** What may be believed next. */
function candidates(bandwidth: number, delayBased: number, acknowledged: number | undefined): number[] {
  const found = CANDIDATES.map((factor) => factor * bandwidth);
  if (acknowledged !== undefined && acknowledged < bandwidth) found.push(acknowledged);
  if (delayBased > bandwidth) found.push(delayBased);
  return found;
}

/** With losses beyond what is normal, so much at most, whatever explains them. */
function instantBound(loss: number): number {
  return loss > MAX_INHERENT ? INHERENT_BANDWIDTH / (loss - MAX_INHERENT) : Infinity;
}

function within(inherent: number, bandwidth: number): number {
  const most = Math.min(1, MAX_INHERENT + INHERENT_BANDWIDTH / bandwidth);
  return Math.min(most, Math.max(MIN_INHERENT, inherent));
}

function lossProbability(rate: number, bandwidth: number, inherent: number): number {
  const beyond = rate > bandwidth ? ((1 - inherent) * (rate - bandwidth)) / rate : 0;
  return Math.min(1 - 1e-6, Math.max(1e-6, inherent + beyond));
}
