/**
 * How actively one participant speaks, on three time scales (Volfin & Cohen, "Dominant speaker identification for multipoint
 * videoconferencing", IEEE 2012): loudness above the noise floor now, over some 100 ms, over a second. Levels are 0 … 127,
 * louder is more; one belongs to each audio packet (20 ms).
 */

const LEVELS = 50;
/** Levels that make one medium value, and medium values that make the long one. */
const MEDIUM = 5;
const LONG = 10;
/** Loudness counts in thirteen steps. */
const STEPS = 13;
const STEP = Math.ceil(127 / STEPS);
/** Loudness this much above the noise floor is speech. */
const ABOVE_NOISE = 10;
/** An immediate value above this makes its medium value grow, a medium above the other its long value. */
const MEDIUM_THRESHOLD = 7;
const LONG_THRESHOLD = 4;
/** Samples after which a noise floor that has risen is believed. */
const FLOOR_WINDOW = 750;
const FLOOR = 1e-10;

const LAMBDA = { immediate: 0.78, medium: 24, long: 47 };

export interface ActivityScores {
  immediate: number;
  medium: number;
  long: number;
}

export class SpeakerLevels {
  /** A ring; `#newest` is where the last level stands. */
  readonly #levels = new Uint8Array(LEVELS);
  #newest = 0;
  #floor = 0;
  #windowFloor = 0;
  #windowSize = 0;
  readonly #scores: ActivityScores = { immediate: FLOOR, medium: FLOOR, long: FLOOR };

  constructor(
    /** When the speaker was heard last, in ms. */
    public heard: number,
  ) {}

  /** Notes a level of 0 (silence) … 127. */
  push(level: number, now: number): void {
    this.#newest = (this.#newest + LEVELS - 1) % LEVELS;
    this.#levels[this.#newest] = level;
    this.heard = now;
    if (level !== 0) this.#noteFloor(level);
  }

  /** Down at once, up only after a whole window without anything as low. */
  #noteFloor(level: number): void {
    if (this.#floor === 0 || level < this.#floor) {
      this.#floor = level;
      this.#windowFloor = 0;
      this.#windowSize = 0;
      return;
    }
    this.#windowFloor = this.#windowFloor === 0 ? level : Math.min(this.#windowFloor, level);
    this.#windowSize += 1;
    if (this.#windowSize < FLOOR_WINDOW) return;
    this.#floor = Math.sqrt(this.#floor * this.#windowFloor);
    this.#windowFloor = 0;
    this.#windowSize = 0;
  }

  /** The scores of now; the object is reused by the next call. */
  scores(): ActivityScores {
    let mediumNow = 0;
    let long = 0;
    for (let medium = 0; medium < LONG; medium++) {
      let loud = 0;
      for (let index = 0; index < MEDIUM; index++) {
        if (this.#immediate(medium * MEDIUM + index) > MEDIUM_THRESHOLD) loud += 1;
      }
      if (medium === 0) mediumNow = loud;
      if (loud > LONG_THRESHOLD) long += 1;
    }
    const scores = this.#scores;
    scores.immediate = activityScore(this.#immediate(0), STEPS, LAMBDA.immediate);
    scores.medium = activityScore(mediumNow, MEDIUM, LAMBDA.medium);
    scores.long = activityScore(long, LONG, LAMBDA.long);
    return scores;
  }

  #immediate(age: number): number {
    const level = this.#levels[(this.#newest + age) % LEVELS] as number;
    return level < this.#floor + ABOVE_NOISE ? 0 : Math.floor(level / STEP);
  }
}

/** Log-likelihood ratio of speech against silence for `active` of `count` with p = 1/2 (s.III of the paper). */
function activityScore(active: number, count: number, lambda: number): number {
  const score = logBinomial(count, active) + count * Math.log(0.5) - Math.log(lambda) + lambda * active;
  return Math.max(FLOOR, score);
}

function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
