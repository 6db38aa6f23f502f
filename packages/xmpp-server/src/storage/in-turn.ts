/** Work on what belongs to one owner: one piece after the other, in the order in which it was asked for. */

export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves when all that was asked for so far is done, well or badly. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }

  run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(owner) ?? Promise.resolve();
    const done = before.then(work, work);
    this.#last.set(owner, done);
    const forget = (): void => {
      if (this.#last.get(owner) === done) this.#last.delete(owner);
    };
    done.then(forget, forget);
    return done;
  }
}
