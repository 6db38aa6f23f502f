/**
 * The sending side of stream management (XEP-0198 s.4): stanzas sent and not yet acknowledged, oldest first. It is bounded: beyond,
 * the oldest are let go, and with them the chance to resume from before.
 */

export interface UnackedStanza {
  readonly xml: string;
  /** When it was first sent, in milliseconds since the epoch. */
  readonly sentAt: number;
}

const modulus = 2 ** 32;

export class AckQueue<Stanza extends { readonly xml: string } = UnackedStanza> {
  #stanzas: Stanza[] = [];
  /** Index of the oldest stanza still held; the array is compacted now and then. */
  #head = 0;
  #bytes = 0;
  /** The number (from 0) of the oldest stanza still held, as far as it was ever sent: not wrapped. */
  #firstNumber = 0;
  /** How many were acknowledged. */
  #acknowledged = 0;

  constructor(private readonly max: { readonly stanzas: number; readonly bytes: number }) {}

  /** How many stanzas were sent in all, as the peer's `h` counts them (modulo 2^32). */
  get sent(): number {
    return (this.#firstNumber + this.#length) % modulus;
  }

  get #length(): number {
    return this.#stanzas.length - this.#head;
  }

  /** Whether every stanza not yet acknowledged is still held. */
  get complete(): boolean {
    return this.#firstNumber <= this.#acknowledged;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(stanza: Stanza): void {
    this.#stanzas.push(stanza);
    this.#bytes += stanza.xml.length;
    while (this.#length > this.max.stanzas || this.#bytes > this.max.bytes) this.#drop();
  }

  /**
   * The peer says it has handled `h` stanzas. Fewer than it said before change nothing: there are clients that miscount right after they
   * have enabled stream management, and it is they who would lose by it.
   * @returns false when that cannot be: more than were sent
   */
  acknowledge(h: number): boolean {
    if (!Number.isInteger(h) || h < 0 || h >= modulus) return false;
    const ahead = (h - (this.#acknowledged % modulus) + modulus) % modulus;
    if (modulus - ahead <= this.#acknowledged) return true;
    const count = this.#acknowledged + ahead;
    if (count > this.#firstNumber + this.#length) return false;
    this.#acknowledged = count;
    while (this.#firstNumber < count && this.#length > 0) this.#drop();
    return true;
  }

  /** What the peer has not acknowledged, oldest first. */
  *[Symbol.iterator](): IterableIterator<Stanza> {
    for (let i = this.#head; i < this.#stanzas.length; i++) {
      const stanza = this.#stanzas[i];
      if (stanza !== undefined) yield stanza;
    }
  }

  #drop(): void {
    this.#bytes -= this.#stanzas[this.#head]?.xml.length ?? 0;
    this.#head++;
    this.#firstNumber++;
    if (this.#head > 64 && this.#head * 2 > this.#stanzas.length) {
      this.#stanzas = this.#stanzas.slice(this.#head);
      this.#head = 0;
    }
  }
}
