/** An error that a person meets: it carries a stable code, and reads as one line that says what to do. */
import { errorCodes, type ErrorCode } from './codes.js';

export class ConclaveError extends Error {
  override readonly name = 'ConclaveError';

  /**
   * @param code stable; explained in docs/handbook/errors.md
   * @param detail what exactly is wrong here: names, values, lines; no full stop at the end
   */
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code} ${detail}${detail.endsWith('?') ? '' : '.'} ${errorCodes[code].remedy}`, options);
  }
}
