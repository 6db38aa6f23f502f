/** What is stored of an account that the server keeps itself: the keys that stand in for its password, a set for each hash. */
import { z } from 'zod';
import type { ScramHash, ScramKeys } from './sasl/scram-keys.js';

const storedKeys = z.object({
  salt: z.base64(),
  iterations: z.int().min(1),
  storedKey: z.base64(),
  serverKey: z.base64(),
});
export type StoredKeys = z.infer<typeof storedKeys>;

export const storedAccount = z.object({
  /** ISO 8601. */
  created: z.string(),
  updated: z.string(),
  /** Of both hashes, unless it came from elsewhere and has not said its password since. */
  keys: z.object({ 'SHA-1': storedKeys.optional(), 'SHA-256': storedKeys.optional() }),
});
export type StoredAccount = z.infer<typeof storedAccount>;

/** Of at least one hash. */
export type KeySets = Readonly<Partial<Record<ScramHash, StoredKeys | undefined>>>;

export function encodeKeys(keys: ScramKeys): StoredKeys {
  return {
    salt: keys.salt.toString('base64'),
    iterations: keys.iterations,
    storedKey: keys.storedKey.toString('base64'),
    serverKey: keys.serverKey.toString('base64'),
  };
}

export function decodeKeys(keys: StoredKeys): ScramKeys {
  return {
    salt: Buffer.from(keys.salt, 'base64'),
    iterations: keys.iterations,
    storedKey: Buffer.from(keys.storedKey, 'base64'),
    serverKey: Buffer.from(keys.serverKey, 'base64'),
  };
}
