/**
 * What may stand in texts that end up in a session description: a client composes SDP from them, line by line, so a
 * control character would let one participant write lines into another's.
 */
import { SignalingError } from '../signaling-error.js';

const maxLength = 512;
const control = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const token = /^[^\s\p{C}]+$/u;

/** A line without control characters, at most 512 long. Throws a SignalingError that names `what`. */
export function requireLine(text: string, what: string): string {
  if (text.length > maxLength || control.test(text)) throw new SignalingError(`${what} is malformed`);
  return text;
}

/** A line without white space, not empty. Throws a SignalingError that names `what`. */
export function requireToken(text: string, what: string): string {
  if (text.length > maxLength || !token.test(text)) throw new SignalingError(`${what} is malformed`);
  return text;
}
