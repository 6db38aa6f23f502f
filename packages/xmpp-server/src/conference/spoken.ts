/** Who has said what in a room of late, by the ids under which clients speak of messages: the sender's own, or the room's (XEP-0359). */

/** A message for all. */
export interface Spoken {
  /** As its sender called it. */
  readonly id: string;
  /** As the room calls it. */
  readonly stableId: string;
  /** Real bare JID. */
  readonly author: string;
  /** It is taken back, and nobody puts it in again. */
  retracted: boolean;
}

export class SpokenMessages {
  /** In the order in which they were said, by the room's ids. */
  readonly #messages = new Map<string, Spoken>();
  /** The newest of each; nobody may say something under the id of somebody else's. */
  readonly #byOwnId = new Map<string, Spoken>();

  /** @param most remembered */
  constructor(private readonly most: number) {}

  add(id: string, stableId: string, author: string): void {
    const message: Spoken = { id, stableId, author, retracted: false };
    this.#messages.set(stableId, message);
    this.#byOwnId.set(id, message);
    if (this.#messages.size <= this.most) return;
    const [oldest] = this.#messages.values();
    if (oldest === undefined) return;
    this.#messages.delete(oldest.stableId);
    if (this.#byOwnId.get(oldest.id) === oldest) this.#byOwnId.delete(oldest.id);
  }

  /** The messages that an id may mean. */
  called(id: string): readonly Spoken[] {
    const found = new Set([this.#byOwnId.get(id), this.#messages.get(id)]);
    return [...found].filter((each) => each !== undefined);
  }

  /** Whether somebody else has said something under that id. */
  isOfAnother(id: string, author: string): boolean {
    const own = this.#byOwnId.get(id);
    const stable = this.#messages.get(id);
    return (own !== undefined && own.author !== author) || (stable !== undefined && stable.author !== author);
  }
}
