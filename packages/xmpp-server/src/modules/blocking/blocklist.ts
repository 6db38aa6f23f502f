/** Whom an account wants nothing to do with: addresses of any form, and whom they stand for (XEP-0191 s.3.2). */
import type { Jid } from '@conclave/signaling';

export class Blocklist {
  readonly #jids: Set<string>;

  constructor(jids: readonly string[] = []) {
    this.#jids = new Set(jids);
  }

  get jids(): readonly string[] {
    return [...this.#jids];
  }

  get size(): number {
    return this.#jids.size;
  }

  has(jid: string): boolean {
    return this.#jids.has(jid);
  }

  add(jid: string): void {
    this.#jids.add(jid);
  }

  remove(jid: string): void {
    this.#jids.delete(jid);
  }

  clear(): void {
    this.#jids.clear();
  }

  /** The whole address, its bare one, its resource at the domain, or its domain. */
  matches(jid: Jid): boolean {
    if (this.#jids.size === 0) return false;
    return (
      this.#jids.has(jid.toString()) ||
      this.#jids.has(jid.bare.toString()) ||
      this.#jids.has(jid.domain) ||
      (jid.resource !== undefined && this.#jids.has(`${jid.domain}/${jid.resource}`))
    );
  }
}
