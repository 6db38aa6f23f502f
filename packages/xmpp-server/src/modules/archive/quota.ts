/** Keeps archives within bounds: so many items an owner, the oldest of which go first. */
import type { ArchiveStore } from '../../storage/storage.js';

/** Owners whose additions are counted. */
const remembered = 10_000;

export class ArchiveQuota {
  /** Additions since an archive was last looked at. */
  readonly #added = new Map<string, number>();
  readonly #slack: number;

  constructor(
    private readonly archive: ArchiveStore,
    private readonly maxItems: number,
  ) {
    // To count is to read all of them: archives may grow a little too large before they are trimmed.
    this.#slack = Math.max(1, Math.floor(maxItems / 20));
  }

  /** Something has been added. Answers how many items had to go. */
  async added(owner: string): Promise<number> {
    const added = (this.#added.get(owner) ?? this.#slack) + 1;
    const isDue = added > this.#slack;
    if (this.#added.size >= remembered) this.#added.clear();
    this.#added.set(owner, isDue ? 0 : added);
    return isDue ? this.archive.trim(owner, this.maxItems) : 0;
  }

  forget(owner: string): void {
    this.#added.delete(owner);
  }
}
