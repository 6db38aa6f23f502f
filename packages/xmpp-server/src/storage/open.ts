/** Which storage a server is started with. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { MemoryStorage } from './memory.js';
import { openPostgresql } from './postgresql.js';
import { openSqlite } from './sqlite.js';
import { StorageError } from './storage-error.js';
import type { Storage } from './storage.js';

/** An open storage; a directory for the embedded database; the URL of a PostgreSQL database; or nothing that lasts. */
export type StorageConfig =
  Storage | { readonly directory: string } | { readonly postgresql: string } | 'memory';

/** Throws a StorageError. */
export async function openStorage(
  config: StorageConfig,
  { log }: { readonly log: Logger },
): Promise<Storage> {
  if (config === 'memory') return new MemoryStorage();
  if ('keyval' in config) return config;
  try {
    if ('postgresql' in config) return await openPostgresql(config.postgresql, { log });
    await mkdir(config.directory, { recursive: true, mode: 0o700 });
    return await openSqlite(join(config.directory, 'xmpp.sqlite'));
  } catch (cause) {
    const database =
      'postgresql' in config ? 'The PostgreSQL database' : `The database in ${config.directory}`;
    throw new StorageError(`${database} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** Never the URL, which has a password in it. */
function reasonOf(cause: unknown): string {
  const { message, cause: deeper } = cause instanceof Error ? cause : new Error(String(cause));
  return deeper instanceof Error ? `${message} (${deeper.message})` : message;
}
