/** What was started, so that it can be stopped in the opposite order: whatever happens, everything gets its turn. */
import type { Logger } from 'pino';

export class Scope {
  readonly #stops: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];

  constructor(private readonly log: Logger) {}

  add(name: string, stop: () => Promise<void> | void): void {
    this.#stops.push({ name, stop });
  }

  /** Never rejects: a part that cannot stop is logged. A second call does nothing. */
  async stop(): Promise<void> {
    for (let part = this.#stops.pop(); part; part = this.#stops.pop()) {
      try {
        await part.stop();
      } catch (error) {
        this.log.error({ err: error, part: part.name }, 'could not be stopped cleanly');
      }
    }
  }
}
