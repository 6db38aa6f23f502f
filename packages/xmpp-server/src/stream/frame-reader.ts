/** Reads WebSocket frames (RFC 7395 s.3.3): each holds exactly one complete element with its own namespace declarations. */
import type { Element } from 'ltx';
import { ElementParser } from './element-parser.js';
import type { ParserLimits } from './parser-limits.js';
import { streamError, type StreamError } from './stream-error.js';

export class FrameReader {
  readonly #parser: ElementParser;
  #completed: Element[] = [];

  constructor(limits: ParserLimits) {
    this.#parser = new ElementParser(
      {
        opened: () => undefined,
        element: (element) => this.#completed.push(element),
        closed: () => undefined,
      },
      limits,
    );
    // All frames are children of one artificial root, which saves a parser a frame; it declares no namespace.
    this.#parser.feed('<frames>', 8);
  }

  set limits(limits: ParserLimits) {
    this.#parser.limits = limits;
  }

  /** @returns the frame's element, or the error that ends the stream. */
  read(frame: string): { element: Element } | { error: StreamError } {
    const error = this.#parser.feed(frame, Buffer.byteLength(frame));
    if (error !== undefined) return { error };
    const [element, ...more] = this.#completed;
    this.#completed = [];
    if (element === undefined || more.length > 0 || !this.#parser.idle) {
      return { error: streamError('bad-format', 'A frame holds exactly one element') };
    }
    return { element };
  }
}
