/** An account as Prosody keeps it: the salted keys of one hash (`internal_hashed`), or, in old installations, the password itself. */
import { z } from 'zod';
import type { ScramHash, ScramKeys } from '../accounts/sasl/scram-keys.js';
import { LuaError, textOf, type LuaTable, type LuaValue } from './lua-reader.js';
import { luaTable } from './lua-writer.js';

export type Credentials =
  | { readonly kind: 'keys'; readonly hash: ScramHash; readonly keys: ScramKeys }
  | { readonly kind: 'password'; readonly password: string };

const hex = z.string().regex(/^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/);
const hashed = z.object({
  salt: z.string().min(1).max(1024),
  iteration_count: z.int().min(1).max(10_000_000),
  stored_key: hex,
  server_key: hex,
});

/** Throws a LuaError when there is nothing to log in with. */
export function credentialsFrom(value: LuaValue): Credentials {
  if (typeof value !== 'object') throw new LuaError('not an account');
  const fields = hashed.safeParse(Object.fromEntries(value));
  if (!fields.success) {
    const password = value.get('password');
    if (typeof password === 'string' && password !== '')
      return { kind: 'password', password: textOf(password) };
    throw new LuaError('an account without credentials');
  }
  const { salt, iteration_count: iterations, stored_key: storedKey, server_key: serverKey } = fields.data;
  if (storedKey.length !== serverKey.length) throw new LuaError('keys of different hashes');
  return {
    kind: 'keys',
    hash: storedKey.length === 40 ? 'SHA-1' : 'SHA-256',
    keys: {
      // Prosody takes the very characters of the salt for its bytes.
      salt: Buffer.from(salt, 'latin1'),
      iterations,
      storedKey: Buffer.from(storedKey, 'hex'),
      serverKey: Buffer.from(serverKey, 'hex'),
    },
  };
}

export function tableOfKeys({ salt, iterations, storedKey, serverKey }: ScramKeys): LuaTable {
  return luaTable({
    salt: salt.toString('latin1'),
    iteration_count: iterations,
    stored_key: storedKey.toString('hex'),
    server_key: serverKey.toString('hex'),
  });
}
