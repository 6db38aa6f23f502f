/** How much of an element is accepted before it is complete: a peer that never closes a tag must not cost memory. */
export interface ParserLimits {
  /** Bytes of one top-level element (and of the stream header). */
  readonly stanzaBytes: number;
  /** Nesting below the stream's root; the top-level element is at depth 1. */
  readonly depth: number;
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number;
  /** Elements inside one top-level element. */
  readonly elements: number;
}
