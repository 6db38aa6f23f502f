/** Storage in an SQL database: the queries are the same for all of them. */
import { Migrator, type Kysely } from 'kysely';
import type { ZodType } from 'zod';
import { AppendQueue } from './append-queue.js';
import { migrations, type Schema } from './migrations.js';
import { SqlArchive } from './sql-archive.js';
import { SqlInsertion } from './sql-insertion.js';
import { SqlKeyval } from './sql-keyval.js';
import type { ArchiveStore, KeyvalStore, Storage } from './storage.js';

/** Milliseconds and rows that are gathered for one insertion; and rows that may wait for it. */
const appending = { delay: 50, batch: 1000, capacity: 20_000 };

export class SqlStorage implements Storage {
  readonly #database: Kysely<Schema>;
  readonly #appends: AppendQueue<Schema['archive']>;

  private constructor(database: Kysely<Schema>) {
    this.#database = database;
    const insertion = new SqlInsertion(database);
    this.#appends = new AppendQueue({ ...appending, write: (rows) => insertion.insert(rows) });
  }

  /** Brings the schema up to date; a database that cannot be is closed again. */
  static async open(database: Kysely<Schema>, collation: 'binary' | '"C"'): Promise<SqlStorage> {
    const migrator = new Migrator({
      db: database,
      provider: { getMigrations: () => Promise.resolve(migrations(collation)) },
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) {
      await database.destroy();
      throw new Error('the database could not be brought up to date', { cause: error });
    }
    return new SqlStorage(database);
  }

  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    return new SqlKeyval(this.#database, host, name, schema);
  }

  archive(host: string, name: string): ArchiveStore {
    return new SqlArchive(this.#database, this.#appends, host, name);
  }

  async purge(host: string, owner: string): Promise<void> {
    await this.#appends.flush();
    await this.#database.transaction().execute(async (transaction) => {
      for (const table of ['keyval', 'archive'] as const) {
        await transaction.deleteFrom(table).where('host', '=', host).where('owner', '=', owner).execute();
      }
    });
  }

  async close(): Promise<void> {
    await this.#appends.flush();
    await this.#database.destroy();
  }
}
