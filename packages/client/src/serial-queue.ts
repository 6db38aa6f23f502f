/** Runs asynchronous work one after the other: a peer connection takes one negotiation at a time (RFC 8829 s.4.1.2). */

export class SerialQueue {
  private tail: Promise<void> = Promise.resolve();
  private closed = false;

  /** `onFailure` hears of work that threw; the work behind it still runs. */
  constructor(private readonly onFailure: (error: unknown) => void) {}

  /** Resolves when this work, and everything queued before it, is over. Work queued after close() is dropped. */
  add(work: () => Promise<void>): Promise<void> {
    this.tail = this.tail.then(async () => {
      if (this.closed) return;
      try {
        await work();
      } catch (error) {
        this.onFailure(error);
      }
    });
    return this.tail;
  }

  /** Drops what has not begun. */
  close(): void {
    this.closed = true;
  }
}
