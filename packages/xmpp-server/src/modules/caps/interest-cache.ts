/** What hashes of capabilities stand for, of those that were met last. */
export class InterestCache {
  /** The one that was asked for longest ago first. */
  readonly #nodes = new Map<string, ReadonlySet<string>>();

  constructor(private readonly capacity: number) {}

  get(hash: string): ReadonlySet<string> | undefined {
    const nodes = this.#nodes.get(hash);
    if (nodes !== undefined) this.set(hash, nodes);
    return nodes;
  }

  set(hash: string, nodes: ReadonlySet<string>): void {
    this.#nodes.delete(hash);
    this.#nodes.set(hash, nodes);
    for (const oldest of this.#nodes.keys()) {
      if (this.#nodes.size <= this.capacity) return;
      this.#nodes.delete(oldest);
    }
  }
}
