/** What ends a stream, thrown from the depths of the parser and caught where it is fed; it never leaves this directory. */
import { streamError, type StreamError, type StreamErrorCondition } from './stream-error.js';

export class ParserFault extends Error {
  constructor(readonly error: StreamError) {
    super(error.condition);
  }
}

export function fail(condition: StreamErrorCondition, text?: string): never {
  throw new ParserFault(streamError(condition, text));
}
