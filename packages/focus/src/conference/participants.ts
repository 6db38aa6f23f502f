/** The participants of a conference and its sources: who is told what of whom. */
import type { SourceSet } from '@conclave/signaling';
import type { Clock } from '../clock.js';
import type { Participant } from './participant.js';
import { isEmpty, ownedBy } from './source-set.js';
import { type SourceChange, SourceTable } from './source-table.js';
import type { SourceLimits } from './source-rules.js';

export interface SignalingPace extends SourceLimits {
  /** From how many participants on changes wait how long (ms) to be told together; in rising order. */
  readonly sourceSignalingDelays: readonly (readonly [size: number, delayMs: number])[];
}

export class Participants {
  readonly #byId = new Map<string, Participant>();
  readonly #sources: SourceTable;
  readonly #pace: SignalingPace;
  readonly #clock: Clock;
  /** Who will be told soon. */
  readonly #due = new Set<Participant>();

  constructor(pace: SignalingPace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
    this.#sources = new SourceTable(pace);
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Participant[] {
    return [...this.#byId.values()];
  }

  add(participant: Participant): void {
    this.#byId.set(participant.endpointId, participant);
  }

  /** All sources of one. */
  sourcesOf(endpointId: string): SourceSet {
    return this.#sources.of(endpointId);
  }

  /** All sources but those of `receiver`, by owner. */
  sourcesFor(receiver: string): ReadonlyMap<string, SourceSet> {
    return this.#sources.allBut(receiver);
  }

  /** Keeps the bridge's own SSRCs from participants. */
  reserve(feedback: SourceSet): void {
    this.#sources.reserve(feedback);
  }

  /** An SSRC of those that `next` gives, which nobody uses, and nobody may use until it is released. */
  reserveSsrc(next: () => number): number {
    return this.#sources.reserveSsrc(next);
  }

  releaseSsrc(ssrc: number): void {
    this.#sources.releaseSsrc(ssrc);
  }

  /** Adds sources of one and announces them to the others; the first broken rule refuses them all. */
  announce(owner: string, sources: SourceSet): SourceChange {
    const change = this.#sources.add(owner, ownedBy(owner, sources));
    if (change.kind === 'changed' && !isEmpty(change.sources)) {
      this.#tellOthers(owner, (other) => other.signaling.add(owner, change.sources));
    }
    return change;
  }

  /** Removes sources of one and tells the others. */
  retract(owner: string, sources: SourceSet): SourceChange {
    const change = this.#sources.remove(owner, sources);
    if (change.kind === 'changed' && !isEmpty(change.sources)) {
      this.#tellOthers(owner, (other) => other.signaling.remove(owner, change.sources));
    }
    return change;
  }

  /** Removes all that one sends and tells the others: it stays in the room without them. */
  retractAll(owner: string): void {
    const sources = this.#sources.removeOwner(owner);
    if (!isEmpty(sources)) this.#tellOthers(owner, (other) => other.signaling.remove(owner, sources));
  }

  /** One has no session any more, in the room or not. */
  remove(endpointId: string): void {
    this.#byId.delete(endpointId);
  }

  /** Forgets the sources of one who has left the room: the others learn that from presence. */
  forgetSources(owner: string): void {
    this.#sources.removeOwner(owner);
    for (const other of this.#byId.values()) {
      if (other.endpointId !== owner) other.ownerLeft(owner);
    }
  }

  #tellOthers(owner: string, note: (other: Participant) => void): void {
    for (const other of this.#byId.values()) {
      if (other.endpointId === owner) continue;
      note(other);
      this.#signal(other);
    }
  }

  #signal(receiver: Participant): void {
    const step = this.#pace.sourceSignalingDelays.findLast(([size]) => this.#byId.size >= size);
    const delayMs = step?.[1] ?? 0;
    if (delayMs === 0) {
      receiver.signalSources();
      return;
    }
    if (this.#due.has(receiver)) return;
    this.#due.add(receiver);
    this.#clock.after(delayMs, () => {
      this.#due.delete(receiver);
      if (this.#byId.get(receiver.endpointId) === receiver) receiver.signalSources();
    });
  }
}
