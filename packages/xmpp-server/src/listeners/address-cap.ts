/** How many connections one IP address may hold at once. */

export class AddressCap {
  readonly #held = new Map<string, number>();

  /** @param max changes for what comes from then on */
  constructor(public max: number) {}

  /** Counts a connection; the returned function uncounts it (once). `undefined`: the address has too many. */
  admit(address: string): (() => void) | undefined {
    const held = this.#held.get(address) ?? 0;
    if (held >= this.max) return undefined;
    this.#held.set(address, held + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const now = (this.#held.get(address) ?? 1) - 1;
      if (now === 0) this.#held.delete(address);
      else this.#held.set(address, now);
    };
  }
}
