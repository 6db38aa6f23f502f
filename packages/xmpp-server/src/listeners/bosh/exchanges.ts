/**
 * The exchanges of a BOSH session by their request ids (XEP-0124 s.8, s.14): those that have come too early, those that are held
 * until there is something to say, and those that were answered lately, for who lost the answer.
 */
import type { Exchange } from './exchange.js';

export class Exchanges {
  readonly #byId = new Map<number, Exchange>();
  /** In the order in which they are answered. */
  #held: Exchange[] = [];

  /** @param remembered how many ids back an answer can be had again */
  constructor(private readonly remembered: number) {}

  get(rid: number): Exchange | undefined {
    return this.#byId.get(rid);
  }

  add(exchange: Exchange): void {
    this.#byId.set(exchange.body.rid, exchange);
  }

  /** Whether the client waits for any answer. */
  get areAwaited(): boolean {
    return [...this.#byId.values()].some((exchange) => exchange.isAwaited);
  }

  /** Those that are held, the oldest first. */
  get held(): readonly Exchange[] {
    return this.#held;
  }

  hold(exchange: Exchange): void {
    this.#held.push(exchange);
  }

  /** The one that was held longest, which is to be answered now; what is too old for anybody to ask for again goes. */
  release(): Exchange | undefined {
    const oldest = this.#held.shift();
    if (oldest === undefined) return undefined;
    for (const rid of this.#byId.keys()) {
      if (rid <= oldest.body.rid - this.remembered) this.#byId.delete(rid);
    }
    return oldest;
  }

  /** Answers whatever has no answer yet. @param first to the first for which somebody waits @param others to those after it */
  answerAll(first: string, others: string): void {
    const open = [...this.#byId.values()]
      .filter((exchange) => !exchange.answered)
      .toSorted((a, b) => a.body.rid - b.body.rid);
    let xml = first;
    for (const exchange of open) {
      const told = exchange.isAwaited;
      exchange.answer(xml);
      if (told) xml = others;
    }
    this.#held = [];
  }

  clear(): void {
    this.#byId.clear();
  }
}
