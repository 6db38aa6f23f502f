/** Reads an XML stream from bytes (RFC 6120 s.11): UTF-8 only, decoded as it arrives. */
import { ElementParser, type ElementSink } from './element-parser.js';
import type { ParserLimits } from './parser-limits.js';
import { streamError, type StreamError } from './stream-error.js';

export class StreamReader {
  readonly #parser: ElementParser;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #started = false;

  constructor(sink: ElementSink, limits: ParserLimits) {
    this.#parser = new ElementParser(sink, limits);
  }

  set limits(limits: ParserLimits) {
    this.#parser.limits = limits;
  }

  /** @returns the error that ends the stream; nothing may be read after one. */
  read(bytes: Buffer): StreamError | undefined {
    if (!this.#started && bytes.length > 0) {
      this.#started = true;
      // A byte order mark of UTF-16, or a first character with a zero byte: text, but in another encoding.
      const first = bytes[0];
      if (first === 0xfe || first === 0xff || first === 0x00 || bytes[1] === 0x00) {
        return streamError('unsupported-encoding');
      }
    }
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: true });
    } catch {
      return streamError('not-well-formed', 'Not UTF-8');
    }
    return this.#parser.feed(text, bytes.length);
  }
}
