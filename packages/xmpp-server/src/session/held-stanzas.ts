/** Stanzas held back for a client that is not looked at (XEP-0352), until one comes that cannot wait; the order stays. */

/** Stanzas, and characters of all of them. */
const max = { stanzas: 256, characters: 256 * 1024 };

export class HeldStanzas {
  #held: string[] = [];
  #characters = 0;

  /** @param canWait whether a stanza, as it will be written, may be held back */
  constructor(private readonly canWait: (xml: string) => boolean) {}

  /** @returns what is to be written now */
  add(xml: string): readonly string[] {
    this.#held.push(xml);
    this.#characters += xml.length;
    const isFull = this.#held.length >= max.stanzas || this.#characters >= max.characters;
    return isFull || !this.canWait(xml) ? this.release() : [];
  }

  /** @returns all that is held, oldest first, and holds it no more */
  release(): readonly string[] {
    const held = this.#held;
    this.#held = [];
    this.#characters = 0;
    return held;
  }
}
