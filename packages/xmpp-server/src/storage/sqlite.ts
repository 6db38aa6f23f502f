/** Storage in one SQLite file, the embedded default. */
import { chmodSync, closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import type { ZodType } from 'zod';
import { migrations, type Schema } from './migrations.js';
import type { KeyvalStore, Storage } from './storage.js';

export class SqliteStorage implements Storage {
  readonly #database: Kysely<Schema>;

  private constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  /** Opens or creates the file, readable by its owner only, and brings its schema up to date. */
  static async open(file: string): Promise<SqliteStorage> {
    // Created before SQLite does it, since SQLite would let others read it; its journal files take over the mode.
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    const connection = new Database(file);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = NORMAL');
    const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
    const migrator = new Migrator({
      db: database,
      provider: { getMigrations: () => Promise.resolve(migrations) },
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) {
      await database.destroy();
      throw new Error(`${file} could not be brought up to date`, { cause: error });
    }
    return new SqliteStorage(database);
  }

  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    const database = this.#database;
    const row = (owner: string, value: T) => ({ host, store: name, owner, value: JSON.stringify(value) });
    return {
      async get(owner) {
        const found = await database
          .selectFrom('keyval')
          .select('value')
          .where('host', '=', host)
          .where('store', '=', name)
          .where('owner', '=', owner)
          .executeTakeFirst();
        return found === undefined ? undefined : schema.parse(JSON.parse(found.value));
      },
      async set(owner, value) {
        await database.replaceInto('keyval').values(row(owner, value)).execute();
      },
      async add(owner, value) {
        const { numInsertedOrUpdatedRows } = await database
          .insertInto('keyval')
          .values(row(owner, value))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      },
      async remove(owner) {
        const { numDeletedRows } = await database
          .deleteFrom('keyval')
          .where('host', '=', host)
          .where('store', '=', name)
          .where('owner', '=', owner)
          .executeTakeFirstOrThrow();
        return numDeletedRows === 1n;
      },
      async users() {
        const rows = await database
          .selectFrom('keyval')
          .select('owner')
          .where('host', '=', host)
          .where('store', '=', name)
          .execute();
        return rows.map(({ owner }) => owner).sort();
      },
    };
  }

  async purge(host: string, owner: string): Promise<void> {
    await this.#database.deleteFrom('keyval').where('host', '=', host).where('owner', '=', owner).execute();
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }
}
