/**
 * The way out of a bridge: it may drain (the focus gives it no new conferences, but nothing is refused), shut down gracefully (new
 * conferences are refused, and it ends when the last endpoint has left or the time is up), or at once.
 */

export type LifecycleState = 'running' | 'graceful-shutdown' | 'shutting-down' | 'ended';

export interface LifecycleLimits {
  /** How long endpoints may stay on, in ms. */
  readonly gracePeriod: number;
  /** How long the end is announced before it comes, in ms: the focus moves everybody meanwhile. */
  readonly announcement: number;
}

export class Lifecycle {
  #state: LifecycleState = 'running';
  #since = 0;
  /** Whether the focus is asked not to choose this bridge. */
  draining = false;

  constructor(private readonly limits: LifecycleLimits) {}

  get state(): LifecycleState {
    return this.#state;
  }

  /** Whether new conferences are taken. */
  get admits(): boolean {
    return this.#state === 'running';
  }

  /** Asks for the end: graceful, or at once. What has gone further already stays there. */
  shutDown(graceful: boolean, now: number): void {
    if (graceful && this.#state === 'running') this.#move('graceful-shutdown', now);
    else if (!graceful && (this.#state === 'running' || this.#state === 'graceful-shutdown')) {
      this.#move('shutting-down', now);
    }
  }

  /** To be called now and then with the number of endpoints; answers the state. */
  advance(endpoints: number, now: number): LifecycleState {
    const elapsed = now - this.#since;
    if (this.#state === 'graceful-shutdown' && (endpoints === 0 || elapsed >= this.limits.gracePeriod)) {
      this.#move('shutting-down', now);
    } else if (this.#state === 'shutting-down' && (endpoints === 0 || elapsed >= this.limits.announcement)) {
      this.#move('ended', now);
    }
    return this.#state;
  }

  #move(to: LifecycleState, now: number): void {
    this.#state = to;
    this.#since = now;
  }
}
