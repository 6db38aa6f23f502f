/**
 * The beat in which packets leave that had to wait, and probes: for those who have any, and none at all while nobody has. To wake up
 * for nothing 200 times a second costs more than to forward a small meeting.
 */
import type { Logger } from 'pino';

/** Ms between two beats. */
const BEAT = 5;

export interface Paced {
  /** Sends what is due at `now` (ms); answers whether there is more to come. */
  pace(now: number): boolean;
}

export class PaceClock {
  readonly #paced = new Set<Paced>();
  #timer: NodeJS.Timeout | undefined;

  /** @param clock monotonic time in ms */
  constructor(
    private readonly clock: () => number,
    private readonly log: Logger,
  ) {}

  /** Lets `paced` send from the next beat on, until it has no more. */
  add(paced: Paced): void {
    this.#paced.add(paced);
    this.#timer ??= setInterval(() => this.#beat(), BEAT);
  }

  #beat(): void {
    const now = this.clock();
    for (const paced of this.#paced) if (!this.#pace(paced, now)) this.#paced.delete(paced);
    if (this.#paced.size === 0) this.stop();
  }

  /** Whatever fails for one is no reason for the others to stand still. */
  #pace(paced: Paced, now: number): boolean {
    try {
      return paced.pace(now);
    } catch (error) {
      this.log.error({ err: error }, 'pacing failed');
      return false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#paced.clear();
  }
}
