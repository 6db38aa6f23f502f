/**
 * One videobridge as the focus knows it: what it last reported in the brewery, and what the focus remembers of it
 * (failures, endpoints it has just given it). Time is passed in.
 */
import type { BridgeStats } from '@conclave/signaling';

export interface BridgeLoadOptions {
  /** Stress that one more participant is expected to add, unless the bridge says otherwise. */
  readonly averageParticipantStress: number;
  /** From this stress on a bridge counts as overloaded. */
  readonly stressThreshold: number;
  /** How long an endpoint given to a bridge is not yet part of the stress it reports, in ms. */
  readonly participantRampupMs: number;
  /** How long after a failure a passed health check is not yet believed, in ms. */
  readonly failureResetMs: number;
  /** The same after it did not answer, in ms. */
  readonly silenceResetMs: number;
  readonly iceFailureDetection: IceFailureOptions;
}

/** When restarts that participants want mean that ICE fails on a bridge. */
interface IceFailureOptions {
  readonly enabled: boolean;
  /** How long a restart counts, in ms. */
  readonly intervalMs: number;
  /** Fewer endpoints say nothing. */
  readonly minEndpoints: number;
  /** Share of the endpoints beyond which it fails. */
  readonly threshold: number;
  /** How long it then counts as failing, in ms. */
  readonly timeoutMs: number;
}

/**
 * What speaks against a bridge, the least bad first: it failed not long ago, though its last health check found nothing; it says
 * that it can not work; it does not answer.
 */
const AILMENTS = ['none', 'distrusted', 'ill', 'silent'] as const;

export class Bridge {
  /** Occupant JID in the brewery: where its IQs go. */
  readonly jid: string;
  readonly #options: BridgeLoadOptions;
  #stats: Record<string, string> = {};
  #seenAt = 0;
  #ailment: (typeof AILMENTS)[number] = 'none';
  #distrustedUntil = Number.NEGATIVE_INFINITY;
  #gracefulShutdown = false;
  #shuttingDown = false;
  #recentEndpoints: number[] = [];
  #endpoints = 0;
  /** Who wanted a restart, and when last. */
  readonly #restarts = new Map<object, number>();
  #failingIceUntil = Number.NEGATIVE_INFINITY;
  #restartRequests = 0;
  /** Endpoints that were taken from it because of what it did or an operator wanted. */
  endpointsMoved = 0;

  constructor(jid: string, options: BridgeLoadOptions) {
    this.jid = jid;
    this.#options = options;
  }

  /** Its nickname in the brewery. */
  get nick(): string {
    return this.jid.slice(this.jid.indexOf('/') + 1);
  }

  /** Takes in a presence's statistics; what is not in it keeps its last value, shutting down is never taken back. */
  report(stats: BridgeStats): void {
    this.#stats = { ...this.#stats, ...stats };
    this.#gracefulShutdown ||= stats['graceful_shutdown'] === 'true';
    this.#shuttingDown ||= stats['shutting_down'] === 'true';
  }

  /** Its presence has come. */
  seen(now: number): void {
    this.#seenAt = now;
  }

  /** How long ago its presence came, in ms. */
  silentFor(now: number): number {
    return now - this.#seenAt;
  }

  /** What it says of its own health; nothing means that it is well. */
  get saysHealthy(): boolean {
    return this.#stats['healthy'] !== 'false';
  }

  get region(): string | undefined {
    return this.#stats['region'];
  }

  /** Its name towards other bridges; a bridge without one can not exchange media with others. */
  get relayId(): string | undefined {
    return this.#stats['relay_id'];
  }

  get operational(): boolean {
    return this.#ailment === 'none';
  }

  /** How much speaks against it: 0 when it is operational, more the worse it is. */
  get ailment(): number {
    return AILMENTS.indexOf(this.#ailment);
  }

  /** The last health check went without an answer or with a bad one: it may be gone, or its media may flow none the less. */
  get unwell(): boolean {
    return this.#ailment === 'ill' || this.#ailment === 'silent';
  }

  get gracefulShutdown(): boolean {
    return this.#gracefulShutdown;
  }

  get shuttingDown(): boolean {
    return this.#shuttingDown;
  }

  /** A bridge that has not said yet counts as draining. */
  get draining(): boolean {
    return this.#stats['drain'] !== 'false';
  }

  /** Full version; bridges of one conference speak the same. */
  get version(): string | undefined {
    const { version, release } = this.#stats as { version?: string; release?: string };
    return version !== undefined && release !== undefined ? `${version}-${release}` : version;
  }

  /** Reported stress, and what the endpoints it was given lately will add to it. */
  stress(now: number): number {
    this.#recentEndpoints = this.#recentEndpoints.filter(
      (time) => now - time < this.#options.participantRampupMs,
    );
    const each = number(this.#stats['average_participant_stress']) ?? this.#options.averageParticipantStress;
    const stress = (number(this.#stats['stress_level']) ?? 0) + this.#recentEndpoints.length * each;
    return this.failingIce(now) ? Math.max(stress, this.#options.stressThreshold + 0.01) : stress;
  }

  overloaded(now: number): boolean {
    return this.stress(now) >= this.#options.stressThreshold;
  }

  /** An endpoint has been allocated here. */
  endpointAdded(now: number): void {
    this.#recentEndpoints.push(now);
    this.#endpoints += 1;
  }

  endpointsRemoved(count: number): void {
    this.#endpoints -= count;
  }

  /** A participant that was here wanted a restart. However often one wants it, it counts once. */
  restartRequested(participant: object, now: number): void {
    this.#restartRequests += 1;
    const { enabled, intervalMs, minEndpoints, threshold, timeoutMs } = this.#options.iceFailureDetection;
    if (!enabled) return;
    this.#restarts.set(participant, now);
    for (const [who, time] of this.#restarts) if (now - time >= intervalMs) this.#restarts.delete(who);
    if (this.#endpoints >= minEndpoints && this.#restarts.size > threshold * this.#endpoints) {
      this.#failingIceUntil = now + timeoutMs;
    }
  }

  /** Restarts that participants wanted since it came. */
  get restartRequests(): number {
    return this.#restartRequests;
  }

  /** Whether too many participants do not reach it. */
  failingIce(now: number): boolean {
    return now < this.#failingIceUntil;
  }

  /** It failed at what it was asked. */
  failed(now: number): void {
    if (this.operational) this.#ailment = 'distrusted';
    this.#distrustedUntil = now + this.#options.failureResetMs;
  }

  /** It says by itself that it can not work. */
  fellIll(now: number): void {
    this.failed(now);
    this.#ailment = 'ill';
  }

  /** It does not answer. */
  fellSilent(now: number): void {
    this.#ailment = 'silent';
    this.#distrustedUntil = Math.max(this.#distrustedUntil, now + this.#options.silenceResetMs);
  }

  /** It passed a health check; says whether that made it operational again. */
  passedHealthCheck(now: number): boolean {
    if (this.operational) return false;
    this.#ailment = now < this.#distrustedUntil ? 'distrusted' : 'none';
    return this.operational;
  }

  /** It refused because it shuts down gracefully. */
  refusedForShutdown(): void {
    this.#gracefulShutdown = true;
  }
}

const number = (text: string | undefined): number | undefined => {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};
