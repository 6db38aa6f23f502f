/** Reading of JSON that a stranger wrote: each function returns what it names or throws a SignalingError. */
import { SignalingError } from './signaling-error.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SignalingError('not JSON');
  }
  if (isDeep(text)) throw new SignalingError('nested too deeply');
  return value;
}

/** Whoever passes a message on writes it out again, which needs stack for every level of it. */
const maxDepth = 64;

/** Whether brackets in `text`, which is JSON, are open deeper than any message needs. */
function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      if (++depth > maxDepth) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}

export function recordOf(value: unknown, what: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SignalingError(`${what} must be an object`);
  }
  return value as JsonRecord;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SignalingError(`${what} must be a list`);
  return value as unknown[];
}

export function stringOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new SignalingError(`${what} must be a text`);
  return value;
}

export function booleanOf(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new SignalingError(`${what} must be true or false`);
  return value;
}

export function integerOf(value: unknown, min: number, max: number, what: string): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new SignalingError(`${what} must be an integer from ${min} to ${max}`);
  }
  return value as number;
}

export function stringsOf(value: unknown, what: string): string[] {
  return listOf(value, what).map((each) => stringOf(each, what));
}

/** Applies `read` unless the value is absent. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
