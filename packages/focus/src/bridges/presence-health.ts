/** Health of a bridge as its presence tells it, for breweries with so many bridges that asking each would be much (focus reference 5.3). */
import type { Clock, Timer } from '../clock.js';
import type { Bridge } from './bridge.js';
import type { HealthCheckOptions, HealthOutcome } from './health.js';

export class PresenceCheck {
  readonly #clock: Clock;
  readonly #options: HealthCheckOptions;
  readonly #bridge: Bridge;
  readonly #report: (outcome: HealthOutcome) => void;
  #timer: Timer | undefined;

  /** Looks at the bridge's last presence again and again, first after one interval. */
  constructor(
    bridge: Bridge,
    { clock, options }: { clock: Clock; options: HealthCheckOptions },
    report: (outcome: HealthOutcome) => void,
  ) {
    this.#bridge = bridge;
    this.#clock = clock;
    this.#options = options;
    this.#report = report;
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    this.#timer = this.#clock.after(this.#options.intervalMs, () => {
      this.#next();
      this.#report(this.#outcome());
    });
  }

  #outcome(): HealthOutcome {
    if (!this.#bridge.saysHealthy) return 'failed';
    const silent = this.#bridge.silentFor(this.#clock.now()) > this.#options.presenceTimeoutMs;
    return silent ? 'timed-out' : 'passed';
  }
}
