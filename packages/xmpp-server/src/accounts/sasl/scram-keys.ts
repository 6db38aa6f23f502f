/** The salted keys that stand in for a password (RFC 5802 s.3): who reads them cannot log in with them. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import saslprep from 'saslprep';

/** The weakest first. */
export const scramHashes = ['SHA-1', 'SHA-256'] as const;
export type ScramHash = (typeof scramHashes)[number];

/** Node's name and the output length in bytes of each hash. */
const algorithms = { 'SHA-1': ['sha1', 20], 'SHA-256': ['sha256', 32] } as const;

export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export function hash(name: ScramHash, data: Buffer): Buffer {
  return createHash(algorithms[name][0]).update(data).digest();
}

export function hmac(name: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(algorithms[name][0], key).update(text).digest();
}

const derive = promisify(pbkdf2);

/** Hi() of RFC 5802 s.2.2, off the main thread. `password` is prepared already. */
export async function deriveKeys(
  name: ScramHash,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  const [algorithm, length] = algorithms[name];
  const salted = await derive(password, salt, iterations, length, algorithm);
  return {
    salt,
    iterations,
    storedKey: hash(name, hmac(name, salted, 'Client Key')),
    serverKey: hmac(name, salted, 'Server Key'),
  };
}

/**
 * Keys that no password opens, of an account that does not exist: like any other as far as a client can see.
 * @param salt its bytes; or `uuid`: the text of one
 */
export function fakeKeys(
  name: ScramHash,
  secret: Buffer,
  username: string,
  { iterations, salt }: { readonly iterations: number; readonly salt: number | 'uuid' },
): ScramKeys {
  const [, length] = algorithms[name];
  const bytes = (count: number): Buffer => {
    const blocks = Array.from({ length: Math.ceil(count / 32) }, (_, i) =>
      hmac('SHA-256', secret, `${name} ${username}${i === 0 ? '' : ` ${i}`}`),
    );
    return Buffer.concat(blocks).subarray(0, count);
  };
  return {
    salt: salt === 'uuid' ? Buffer.from(uuidOf(bytes(16))) : bytes(salt),
    iterations,
    storedKey: randomBytes(length),
    serverKey: randomBytes(length),
  };
}

/** The text of a random UUID (RFC 9562 s.5.4). @param bytes 16 of them */
function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const variant = (8 + ((bytes[8] ?? 0) & 3)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}

/** What SASLprep leaves as it is: nothing in ASCII but its controls is mapped or prohibited. */
const printable = /^[ -~]+$/;

/** Prepares a password or user name by SASLprep (RFC 4013); undefined when it is not allowed. */
export function prepare(text: string, unassigned: 'allowed' | 'forbidden' = 'allowed'): string | undefined {
  if (printable.test(text)) return text;
  try {
    return saslprep(text, { allowUnassigned: unassigned === 'allowed' });
  } catch {
    return undefined;
  }
}

/** Compares secrets in a time that depends on their length only. */
export function sameSecret(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
