/** Storage in one SQLite file, the embedded default. */
import { chmodSync, closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import type { Schema } from './migrations.js';
import { SqlStorage } from './sql-storage.js';
import type { Storage } from './storage.js';

/** Opens or creates the file, readable by its owner only, and brings its schema up to date. */
export async function openSqlite(file: string): Promise<Storage> {
  // Created before SQLite does it, since SQLite would let others read it; its journal files take over the mode.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const connection = new Database(file);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = NORMAL');
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: preparedOnce(connection) }) });
  return SqlStorage.open(database, 'binary');
}

/** Statements that are kept; the server has fewer but for insertions of so many rows at a time. */
const keptStatements = 200;

/** To prepare a statement costs more than to run it: those that were used last are kept. */
function preparedOnce(connection: Database.Database): SqliteDatabase {
  const statements = new Map<string, Database.Statement>();
  return {
    prepare: (sql) => {
      const statement = statements.get(sql) ?? connection.prepare(sql);
      statements.delete(sql);
      statements.set(sql, statement);
      const [oldest] = statements.keys();
      if (oldest !== undefined && statements.size > keptStatements) statements.delete(oldest);
      return statement;
    },
    close: () => connection.close(),
  };
}
