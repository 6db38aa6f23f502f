/** Rooms that an operator has pinned to a version of bridges, for a time. They are read when a conference begins, and kept in memory. */

export interface VersionPin {
  readonly version: string;
  /** When it ends, in ms since the epoch. */
  readonly until: number;
}

/** Pins kept at most. */
const MAX_PINS = 10_000;

export class VersionPins {
  readonly #now: () => number;
  readonly #byRoom = new Map<string, VersionPin>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Pins a room (bare JID) anew; says whether there was space for it. */
  pin(room: string, version: string, durationMs: number): boolean {
    if (this.#byRoom.size >= MAX_PINS) this.#sweep();
    if (!this.#byRoom.has(room) && this.#byRoom.size >= MAX_PINS) return false;
    this.#byRoom.set(room, { version, until: this.#now() + durationMs });
    return true;
  }

  /** Says whether the room was pinned. */
  unpin(room: string): boolean {
    this.#sweep();
    return this.#byRoom.delete(room);
  }

  versionFor(room: string): string | undefined {
    const pin = this.#byRoom.get(room);
    return pin && pin.until > this.#now() ? pin.version : undefined;
  }

  /** Pins that hold, by room. */
  all(): ReadonlyMap<string, VersionPin> {
    this.#sweep();
    return new Map(this.#byRoom);
  }

  #sweep(): void {
    for (const [room, { until }] of this.#byRoom) if (until <= this.#now()) this.#byRoom.delete(room);
  }
}
