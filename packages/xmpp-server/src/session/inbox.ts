/** One input at a time: while handling one takes time, the next waits, and no more is read. */

export interface InboxOptions<T> {
  /** Returns a promise only if it has to wait for something. */
  readonly handle: (input: T) => void | Promise<void>;
  /** Stops and starts the source. */
  readonly gate: { pause(): void; resume(): void };
  readonly failed: (error: unknown) => void;
}

export class Inbox<T> {
  readonly #options: InboxOptions<T>;
  #waiting: T[] = [];
  #busy = false;

  constructor(options: InboxOptions<T>) {
    this.#options = options;
  }

  push(input: T): void {
    if (this.#busy) this.#waiting.push(input);
    else this.#handle(input);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  #handle(input: T): void {
    const { handle, gate, failed } = this.#options;
    try {
      const done = handle(input);
      if (done === undefined) return;
      this.#busy = true;
      gate.pause();
      void done.catch(failed).then(() => this.#next());
    } catch (error) {
      failed(error);
    }
  }

  #next(): void {
    this.#busy = false;
    for (let input = this.#waiting.shift(); input !== undefined; input = this.#waiting.shift()) {
      this.#handle(input);
      if (this.#isBusy()) return;
    }
    this.#options.gate.resume();
  }

  #isBusy(): boolean {
    return this.#busy;
  }
}
