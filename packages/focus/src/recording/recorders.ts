/** The recorders (Jibri) that are in their brewery, and which of them is asked next. */
import { decodeRecorderStatus } from '@conclave/signaling';
import type { Occupant } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { BreweryTable } from '../brewery.js';
import type { Clock } from '../clock.js';

export interface RecorderOptions {
  /** How long after a failure a recorder is not asked, in ms, unless it says meanwhile that it is free. */
  readonly failureResetMs: number;
  /** How long after it was asked its presence may still be from before, in ms. */
  readonly selectionPauseMs: number;
}

interface Recorder {
  readonly jid: string;
  free: boolean;
  failedAt: number;
  selectedAt: number;
}

export class Recorders implements BreweryTable {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onGone: (jid: string) => void;
  readonly #byJid = new Map<string, Recorder>();

  /** @param onGone a recorder has left the brewery */
  constructor(options: RecorderOptions, clock: Clock, log: Logger, onGone: (jid: string) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#byJid.size;
  }

  /** Recorders that would take something on. */
  get freeCount(): number {
    return [...this.#byJid.values()].filter(({ free }) => free).length;
  }

  has(jid: string): boolean {
    return this.#byJid.has(jid);
  }

  present({ jid, presence }: Occupant): void {
    const status = decodeRecorderStatus(presence);
    if (!status) return;
    const free = status.idle && status.healthy;
    const known = this.#byJid.get(jid);
    if (!known) {
      this.#log.info({ recorder: jid, ...status }, 'recorder found');
      const never = Number.NEGATIVE_INFINITY;
      this.#byJid.set(jid, { jid, free, failedAt: never, selectedAt: never });
      return;
    }
    known.free = free;
    if (free) known.failedAt = Number.NEGATIVE_INFINITY;
  }

  remove(jid: string): void {
    if (!this.#byJid.delete(jid)) return;
    this.#log.info({ recorder: jid }, 'recorder left');
    this.#onGone(jid);
  }

  clear(): void {
    for (const jid of [...this.#byJid.keys()]) this.remove(jid);
  }

  /** Occupant JID of a recorder that is free, the one whose last failure is longest ago; `undefined`: none is. */
  select(): string | undefined {
    const now = this.#clock.now();
    const { failureResetMs, selectionPauseMs } = this.#options;
    const [chosen] = [...this.#byJid.values()]
      .filter(
        ({ free, failedAt, selectedAt }) =>
          free && now - failedAt >= failureResetMs && now - selectedAt >= selectionPauseMs,
      )
      .sort((a, b) => a.failedAt - b.failedAt || a.selectedAt - b.selectedAt);
    if (chosen) chosen.selectedAt = now;
    return chosen?.jid;
  }

  /** A recorder did not do what it was asked. */
  failed(jid: string): void {
    const recorder = this.#byJid.get(jid);
    if (recorder) recorder.failedAt = this.#clock.now();
  }
}
