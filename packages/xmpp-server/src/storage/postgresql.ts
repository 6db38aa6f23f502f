/** Storage in a PostgreSQL database, for those who have one anyway, or more than one machine. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Schema } from './migrations.js';
import { SqlStorage } from './sql-storage.js';
import type { Storage } from './storage.js';

const pooling = {
  max: 10,
  /** Milliseconds. */
  connectionTimeoutMillis: 10_000,
  idleTimeoutMillis: 60_000,
  statement_timeout: 30_000,
  keepAlive: true,
  application_name: 'conclave',
};

/**
 * Connects, and brings the schema up to date; rejects when that cannot be done. Connections that are lost later are replaced when they
 * are needed.
 * @param url as libpq takes it, e.g. `postgresql://user:password@host:5432/database`
 */
export async function openPostgresql(url: string, { log }: { readonly log: Logger }): Promise<Storage> {
  const pool = new pg.Pool({ connectionString: url, ...pooling });
  // An idle connection has broken: a query that needs one gets another.
  pool.on('error', (error) => log.warn({ err: error }, 'lost a connection to PostgreSQL'));
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return SqlStorage.open(database, '"C"');
}
