/** Typed event hooks with priorities: how modules reach into the core without the core knowing any of them. */

/** The shape of an event map: what a name carries, and what a handler may answer. */
export type EventMap<E> = { [K in keyof E]: { payload: unknown; result: unknown } };

/** Higher runs first; the default is 0. */
export type Priority = number;

/** What is only told (its result is `never`) needs no answer. */
type Handler<P, R> = [R] extends [never] ? (payload: P) => void : (payload: P) => R | undefined;

interface Entry {
  readonly handler: (payload: never) => unknown;
  readonly priority: Priority;
}

/**
 * One bus. The first handler that returns something other than `undefined` ends the chain, and that is the event's result.
 * Handlers are called synchronously; an event whose result may take time says so in its result type.
 */
export class Hooks<E extends EventMap<E>> {
  readonly #entries = new Map<keyof E, readonly Entry[]>();

  /** Adds a handler; the returned function removes it again. */
  on<K extends keyof E>(
    name: K,
    handler: Handler<E[K]['payload'], E[K]['result']>,
    priority: Priority = 0,
  ): () => void {
    const entry: Entry = { handler, priority };
    const before = this.#entries.get(name) ?? [];
    // A new array each time: an emit under way goes on over the list it started with.
    this.#entries.set(
      name,
      [...before, entry].sort((a, b) => b.priority - a.priority),
    );
    return () => {
      const now = this.#entries.get(name) ?? [];
      this.#entries.set(
        name,
        now.filter((other) => other !== entry),
      );
    };
  }

  emit<K extends keyof E>(name: K, payload: E[K]['payload']): E[K]['result'] | undefined {
    const entries = this.#entries.get(name);
    if (entries === undefined) return undefined;
    for (const { handler } of entries) {
      const result = (handler as (payload: E[K]['payload']) => E[K]['result'] | undefined)(payload);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}
