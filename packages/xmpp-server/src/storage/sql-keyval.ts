/** Values by owner in an SQL database. Queries are compiled once a store: to build one costs more than to run it. */
import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { ZodType } from 'zod';
import type { Schema } from './migrations.js';
import type { KeyvalStore } from './storage.js';

/** Runs a query with these parameters in the place of those that it was compiled with. */
type Query<Parameters extends readonly unknown[], Row> = (
  ...parameters: Parameters
) => Promise<QueryResult<Row>>;

export class SqlKeyval<T> implements KeyvalStore<T> {
  readonly #schema: ZodType<T>;
  readonly #get: Query<[owner: string], { value: string }>;
  readonly #set: Query<[owner: string, value: string], unknown>;
  readonly #add: Query<[owner: string, value: string], unknown>;
  readonly #remove: Query<[owner: string], unknown>;
  readonly #users: Query<[], { owner: string }>;

  constructor(database: Kysely<Schema>, host: string, store: string, schema: ZodType<T>) {
    this.#schema = schema;
    const prepared = <Parameters extends readonly unknown[], Row>(
      query: Compilable<Row>,
    ): Query<Parameters, Row> => {
      const compiled: CompiledQuery<Row> = query.compile();
      return (...parameters) =>
        database.executeQuery({ ...compiled, parameters: [host, store, ...parameters] });
    };
    const owner = '';
    const selected = database.selectFrom('keyval').where('host', '=', host).where('store', '=', store);
    const deleted = database.deleteFrom('keyval').where('host', '=', host).where('store', '=', store);
    const inserted = database.insertInto('keyval').values({ host, store, owner, value: '' });
    this.#get = prepared(selected.select('value').where('owner', '=', owner));
    this.#users = prepared(selected.select('owner'));
    this.#remove = prepared(deleted.where('owner', '=', owner));
    this.#add = prepared(inserted.onConflict((conflict) => conflict.doNothing()));
    this.#set = prepared(
      inserted.onConflict((conflict) =>
        conflict
          .columns(['host', 'store', 'owner'])
          .doUpdateSet((expression) => ({ value: expression.ref('excluded.value') })),
      ),
    );
  }

  async get(owner: string): Promise<T | undefined> {
    const { rows } = await this.#get(owner);
    const [found] = rows;
    return found === undefined ? undefined : this.#schema.parse(JSON.parse(found.value));
  }

  async set(owner: string, value: T): Promise<void> {
    await this.#set(owner, JSON.stringify(value));
  }

  async add(owner: string, value: T): Promise<boolean> {
    const { numAffectedRows } = await this.#add(owner, JSON.stringify(value));
    return numAffectedRows === 1n;
  }

  async remove(owner: string): Promise<boolean> {
    const { numAffectedRows } = await this.#remove(owner);
    return numAffectedRows === 1n;
  }

  async users(): Promise<string[]> {
    const { rows } = await this.#users();
    return rows.map(({ owner }) => owner).sort();
  }
}
