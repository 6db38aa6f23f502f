/**
 * Many rows at a time into an archive, by a few statements that are compiled once: a statement for as many rows as there happen to be
 * would be another each time, and to build it costs more than to run it.
 */
import type { CompiledQuery, Kysely } from 'kysely';
import type { Schema } from './migrations.js';

type Row = Schema['archive'];

/** Rows of one statement, the most first. */
const sizes = [64, 8, 1] as const;

export class SqlInsertion {
  readonly #database: Kysely<Schema>;
  readonly #statements: ReadonlyMap<number, CompiledQuery>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
    const row: Row = { host: '', store: '', owner: '', id: '', peer: '', value: '' };
    const insertion = (size: number): CompiledQuery =>
      database
        .insertInto('archive')
        .values(Array.from({ length: size }, () => row))
        .onConflict((conflict) => conflict.doNothing())
        .compile();
    this.#statements = new Map(sizes.map((size) => [size, insertion(size)]));
  }

  /** Stores all rows or none; those that are there stay as they are. */
  async insert(rows: readonly Row[]): Promise<void> {
    const queries = this.#queries(rows);
    const [first] = queries;
    if (first !== undefined && queries.length === 1) {
      await this.#database.executeQuery(first);
      return;
    }
    await this.#database.transaction().execute(async (transaction) => {
      for (const query of queries) await transaction.executeQuery(query);
    });
  }

  #queries(rows: readonly Row[]): readonly CompiledQuery[] {
    const queries: CompiledQuery[] = [];
    let at = 0;
    for (const size of sizes) {
      const statement = this.#statements.get(size);
      if (statement === undefined) continue;
      for (; rows.length - at >= size; at += size) {
        queries.push({ ...statement, parameters: parameters(rows, at, at + size) });
      }
    }
    return queries;
  }
}

function parameters(rows: readonly Row[], from: number, to: number): string[] {
  const values: string[] = [];
  for (const { host, store, owner, id, peer, value } of rows.slice(from, to)) {
    values.push(host, store, owner, id, peer, value);
  }
  return values;
}
