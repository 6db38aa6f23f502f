/** Health checks of one bridge (`http://jitsi.org/protocol/healthcheck`): it is asked again and again whether it can work. */
import { el, NS } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Clock, Timer } from '../clock.js';

/** `passed`; `timed-out`: no answer twice; `failed`: the bridge itself says that it can not work. */
export type HealthOutcome = 'passed' | 'timed-out' | 'failed';

export interface HealthCheckOptions {
  /** Pause between two checks, in ms. */
  readonly intervalMs: number;
  /** Pause before an unanswered check is repeated, in ms. */
  readonly retryDelayMs: number;
  /** How long an answer is waited for, in ms. */
  readonly timeoutMs: number;
  /** Whether bridges are judged by their presence and not asked. */
  readonly usePresence: boolean;
  /** Presence older than this says that a bridge is gone, in ms. */
  readonly presenceTimeoutMs: number;
}

export class HealthCheck {
  readonly #connection: XmppConnection;
  readonly #clock: Clock;
  readonly #options: HealthCheckOptions;
  readonly #bridge: string;
  readonly #report: (outcome: HealthOutcome) => void;
  #timer: Timer | undefined;
  #stopped = false;

  /** Starts checking the bridge with that occupant JID, first after one interval. */
  constructor(
    bridge: string,
    context: { connection: XmppConnection; clock: Clock; options: HealthCheckOptions },
    report: (outcome: HealthOutcome) => void,
  ) {
    this.#bridge = bridge;
    this.#connection = context.connection;
    this.#clock = context.clock;
    this.#options = context.options;
    this.#report = report;
    this.#next(this.#options.intervalMs, false);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #next(delayMs: number, isRetry: boolean): void {
    this.#timer = this.#clock.after(delayMs, () => void this.#check(isRetry));
  }

  async #check(isRetry: boolean): Promise<void> {
    const iq = el('iq', { type: 'get', to: this.#bridge }, el('healthcheck', { xmlns: NS.healthcheck }));
    const outcome = await this.#connection.request(iq, { timeoutMs: this.#options.timeoutMs });
    if (this.#stopped) return;
    const retry = outcome.kind === 'timeout' && !isRetry;
    this.#next(retry ? this.#options.retryDelayMs : this.#options.intervalMs, retry);
    if (outcome.kind === 'result') this.#report('passed');
    else if (outcome.kind === 'timeout' && isRetry) this.#report('timed-out');
    else if (outcome.kind === 'error' && UNHEALTHY.has(outcome.error.condition)) this.#report('failed');
  }
}

/** Errors with which a bridge says that it can not work; others may be anybody's. */
const UNHEALTHY: ReadonlySet<string> = new Set(['internal-server-error', 'service-unavailable']);
