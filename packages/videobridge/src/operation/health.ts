/** Whether the bridge can do its work: its loop turns, media comes through its port, its place in the brewery is taken. */

/** A loop that has not come round for so long (ms) is stuck; the observer is a request, which came through all the same. */
const STUCK = 3000;
/** How long (ms) a bridge may be without the brewery before that is a failure. */
const LONELY = 90_000;
/** Media must have failed to come through so often in a row: on a busy machine once is no failure. */
const DEAF = 2;

export interface Health {
  readonly healthy: boolean;
  /** Why it is not. */
  readonly reason?: string;
}

export class HealthWatch {
  #turned: number;
  #worst = 0;
  #company: number;
  #alone = true;
  #failures = 0;

  constructor(now: number) {
    this.#turned = now;
    this.#company = now;
  }

  /** To be called every second or so by the loop that is watched. */
  turn(now: number): void {
    this.#worst = Math.max(now - this.#turned, this.#worst * 0.9);
    this.#turned = now;
  }

  /** The bridge is in the brewery, or not any more. */
  inBrewery(entered: boolean, now: number): void {
    if (this.#alone === !entered) return;
    this.#alone = !entered;
    this.#company = now;
  }

  /** Media has come through the port, or has not. */
  mediaPasses(passes: boolean): void {
    this.#failures = passes ? 0 : this.#failures + 1;
  }

  /** The longest recent round of the loop, in ms. */
  get worstTurn(): number {
    return this.#worst;
  }

  check(now: number): Health {
    if (now - this.#turned > STUCK || this.#worst > STUCK)
      return { healthy: false, reason: 'the event loop is stuck' };
    if (this.#failures >= DEAF) return { healthy: false, reason: 'no media comes through the media port' };
    if (this.#alone && now - this.#company > LONELY) return { healthy: false, reason: 'not in the brewery' };
    return { healthy: true };
  }
}
