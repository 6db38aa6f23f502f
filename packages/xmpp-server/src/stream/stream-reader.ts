/** Reads an XML stream from bytes (RFC 6120 s.11): UTF-8 only, decoded as it arrives. */
import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { ElementParser, type ElementSink } from './element-parser.js';
import type { ParserLimits } from './parser-limits.js';
import { streamError, type StreamError } from './stream-error.js';

export class StreamReader {
  readonly #parser: ElementParser;
  /** Made when something other than ASCII comes, which on most streams is never. */
  #decoder: TextDecoder | undefined;
  /** Whether the last bytes may be the beginning of a character. */
  #isMidCharacter = false;
  #started = false;

  constructor(sink: ElementSink, limits: ParserLimits) {
    this.#parser = new ElementParser(sink, limits);
  }

  set limits(limits: ParserLimits) {
    this.#parser.limits = limits;
  }

  /** @returns the error that ends the stream; nothing may be read after one. */
  read(bytes: Buffer): StreamError | undefined {
    if (bytes.length === 0) return undefined;
    const isStart = !this.#started;
    this.#started = true;
    if (isStart) {
      // A byte order mark of UTF-16, or a first character with a zero byte: text, but in another encoding.
      const first = bytes[0];
      if (first === 0xfe || first === 0xff || first === 0x00 || bytes[1] === 0x00) {
        return streamError('unsupported-encoding');
      }
    }
    let text: string;
    try {
      text = this.#decode(bytes, isStart);
    } catch {
      return streamError('not-well-formed', 'Not UTF-8');
    }
    return this.#parser.feed(text, bytes.length);
  }

  /** Throws when it is not UTF-8. */
  #decode(bytes: Buffer, isStart: boolean): string {
    if (!this.#isMidCharacter && isAscii(bytes)) return bytes.toString('latin1');
    // A byte order mark is one at the start only (RFC 3629 s.6).
    this.#decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: !isStart });
    this.#isMidCharacter = (bytes.at(-1) ?? 0) >= 0x80;
    return this.#decoder.decode(bytes, { stream: true });
  }
}
