/** Who has said what in a room of late, by the ids under which clients speak of messages: the sender's own, or the room's (XEP-0359). */

/** A message for all. */
export interface Spoken {
  /** As its sender called it; others may have called theirs the same. */
  readonly id: string;
  /** As the room calls it. */
  readonly stableId: string;
  /** Real bare JID. */
  readonly author: string;
  /** It is taken back, and nobody puts it in again. */
  retracted: boolean;
}

export class SpokenMessages {
  readonly #messages: Spoken[] = [];

  /** @param most remembered */
  constructor(private readonly most: number) {}

  add(id: string, stableId: string, author: string): void {
    this.#messages.push({ id, stableId, author, retracted: false });
    if (this.#messages.length > this.most) this.#messages.shift();
  }

  /** The messages that an id may mean, the newest first. */
  called(id: string): Spoken[] {
    return this.#messages.filter((each) => each.id === id || each.stableId === id).reverse();
  }
}
