/**
 * Whose credentials have changed of late. A login takes several steps; one that began by the old credentials must not come to its end
 * by them, nor leave anything behind that lasts.
 */

/** Milliseconds within which a login has ended, one way or another. */
export const longestLogin = 600_000;

export class CredentialChanges {
  #count = 0;
  /** By user name, the last change; the oldest first. */
  readonly #last = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** The moment, to ask later what has changed since. */
  get mark(): number {
    return this.#count;
  }

  note(username: string): void {
    const at = this.now();
    this.#last.delete(username);
    this.#last.set(username, { count: ++this.#count, at });
    for (const [oldest, change] of this.#last) {
      if (change.at >= at - longestLogin) break;
      this.#last.delete(oldest);
    }
  }

  hasChanged(username: string, since: number): boolean {
    return (this.#last.get(username)?.count ?? 0) > since;
  }
}
