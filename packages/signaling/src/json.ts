/** Reading of JSON that a stranger wrote: each function returns what it names or throws a SignalingError. */
import { SignalingError } from './signaling-error.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SignalingError('not JSON');
  }
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
