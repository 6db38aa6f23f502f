/** How long a conference waits for somebody to come: at first, and when everybody may come back from breakout rooms. */
import type { Clock, Timer } from '../clock.js';
import type { Member } from './member.js';
import type { ConferenceCore, ConferencePart } from './part.js';

/** What clients say when they leave a room for another of the same meeting (client contract). */
const SWITCHES_ROOM = 'switch_room';

export class Occupancy implements ConferencePart {
  readonly #core: ConferenceCore;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #timer: Timer | undefined;

  constructor(core: ConferenceCore, clock: Clock, timeoutMs: number) {
    this.#core = core;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#awaitMember();
  }

  /** Somebody asks for this conference again: whoever it is gets the time to come. */
  requested(): void {
    if (this.#timer) this.#awaitMember();
  }

  /** One of its breakout rooms is over. */
  breakoutEnded(): void {
    if (this.#isDeserted) this.#awaitMember();
  }

  memberJoined(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  memberLeft(_: Member, status: string | undefined): void {
    if (!this.#isDeserted) return;
    // Whoever moves to a breakout room has left before the focus is there.
    if (status === SWITCHES_ROOM) this.#awaitMember();
    else this.#core.stop('the room is empty');
  }

  stopped(): void {
    this.#timer?.cancel();
  }

  get #isDeserted(): boolean {
    return this.#core.members.size === 0 && !this.#core.hasBreakouts();
  }

  #awaitMember(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#timeoutMs, () => {
      if (this.#isDeserted) this.#core.stop('nobody came');
    });
  }
}
