/** Writes of values that change often: one at a time for each owner, and always of what is newest when its turn comes. */

export class LatestWrites {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  /** @param write stores the value as it is when called. @returns when it, or what came after it, has been stored */
  write(owner: string, write: () => Promise<unknown>): Promise<void> {
    const running = this.#running.get(owner);
    if (running === undefined) return this.#run(owner, write);
    const waiting = this.#waiting.get(owner);
    if (waiting !== undefined) return waiting;
    const next = (): Promise<void> => {
      this.#waiting.delete(owner);
      return this.#run(owner, write);
    };
    const queued = running.then(next, next);
    this.#waiting.set(owner, queued);
    return queued;
  }

  /** When nothing of the owner's is being written any more; never rejects. */
  async settled(owner: string): Promise<void> {
    await Promise.allSettled([this.#running.get(owner), this.#waiting.get(owner)]);
  }

  #run(owner: string, write: () => Promise<unknown>): Promise<void> {
    const done: Promise<void> = write()
      .then(() => undefined)
      .finally(() => {
        if (this.#running.get(owner) === done) this.#running.delete(owner);
      });
    this.#running.set(owner, done);
    return done;
  }
}
