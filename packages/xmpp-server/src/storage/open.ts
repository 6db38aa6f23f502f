/** Which storage a server is started with. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { MemoryStorage } from './memory.js';
import { openPostgresql } from './postgresql.js';
import { openSqlite } from './sqlite.js';
import type { Storage } from './storage.js';

/** An open storage; a directory for the embedded database; the URL of a PostgreSQL database; or nothing that lasts. */
export type StorageConfig =
  Storage | { readonly directory: string } | { readonly postgresql: string } | 'memory';

export async function openStorage(
  config: StorageConfig,
  { log }: { readonly log: Logger },
): Promise<Storage> {
  if (config === 'memory') return new MemoryStorage();
  if ('keyval' in config) return config;
  if ('postgresql' in config) return openPostgresql(config.postgresql, { log });
  await mkdir(config.directory, { recursive: true, mode: 0o700 });
  return openSqlite(join(config.directory, 'xmpp.sqlite'));
}
