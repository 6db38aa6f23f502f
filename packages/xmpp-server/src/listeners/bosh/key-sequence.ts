/** Protection of insecure sessions by key sequences (XEP-0124 s.15): who cannot turn a hash around cannot make the next request. */
import { createHash } from 'node:crypto';

export class KeySequence {
  #hash: string | undefined;

  /** @param newKey what the request that created the session announced; undefined: the client uses no keys */
  constructor(newKey: string | undefined) {
    this.#hash = newKey?.toLowerCase();
  }

  /** Whether a request, the next in order, holds the next key; a `newKey` begins the sequence that follows. */
  accepts(key: string | undefined, newKey: string | undefined): boolean {
    if (this.#hash === undefined) return true;
    if (key === undefined || createHash('sha1').update(key).digest('hex') !== this.#hash) return false;
    this.#hash = (newKey ?? key).toLowerCase();
    return true;
  }
}
