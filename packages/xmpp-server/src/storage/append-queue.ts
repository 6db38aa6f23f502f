/** Gathers what is to be stored for a moment, so that a database writes many things at the cost of one. */

export interface AppendQueueOptions<T> {
  /** Stores all of a batch or nothing. */
  readonly write: (batch: readonly T[]) => Promise<void>;
  /** Milliseconds. */
  readonly delay: number;
  readonly batch: number;
  /** Things that may wait while the database does not keep up; beyond, none is taken. */
  readonly capacity: number;
}

interface Waiting<T> {
  readonly item: T;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

export class AppendQueue<T> {
  readonly #options: AppendQueueOptions<T>;
  #waiting: Waiting<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: AppendQueueOptions<T>) {
    this.#options = options;
  }

  /** Resolves when the item is stored. */
  append(item: T): Promise<void> {
    const { capacity, delay } = this.#options;
    if (this.#waiting.length >= capacity) return Promise.reject(new Error('the database does not keep up'));
    return new Promise((stored, failed) => {
      this.#waiting.push({ item, stored, failed });
      this.#timer ??= setTimeout(() => void this.flush(), delay);
    });
  }

  /** Writes all that waits, now. Never rejects: whoever appended learns what went wrong. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#writing !== undefined || this.#waiting.length > 0) {
      this.#writing ??= this.#write(this.#waiting.splice(0, this.#options.batch)).finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async #write(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#options.write(batch.map(({ item }) => item));
      for (const { stored } of batch) stored();
    } catch (error) {
      // It may be the fault of one of them, for which the others are not to pay.
      if (batch.length > 1) for (const each of batch) await this.#write([each]);
      else batch[0]?.failed(error);
    }
  }
}
