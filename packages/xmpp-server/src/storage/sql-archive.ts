/** Archives in an SQL database. */
import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely';
import type { AppendQueue } from './append-queue.js';
import type { Schema } from './migrations.js';
import type { ArchiveFilter, ArchiveItem, ArchiveQuery, ArchiveStore } from './storage.js';
import { firstIdAt, lastIdAt } from './time-ordered-id.js';

/** Items deleted in one go: while the embedded database works, nothing else in the process does. */
const chunk = 500;

export class SqlArchive implements ArchiveStore {
  constructor(
    private readonly database: Kysely<Schema>,
    private readonly appends: AppendQueue<Schema['archive']>,
    private readonly host: string,
    private readonly store: string,
  ) {}

  append(owner: string, { id, with: peer, value }: ArchiveItem): Promise<void> {
    return this.appends.append({ host: this.host, store: this.store, owner, id, peer, value });
  }

  async find(owner: string, query: ArchiveQuery): Promise<ArchiveItem[]> {
    await this.appends.flush();
    const direction = query.reverse === true ? 'desc' : 'asc';
    let select = this.database
      .selectFrom('archive')
      .select(['id', 'peer', 'value'])
      .where((expression) => this.#matches(expression, owner, query))
      .orderBy('id', direction);
    if (query.limit !== undefined) select = select.limit(query.limit);
    const rows = await select.execute();
    return rows.map(({ id, peer, value }) => ({ id, with: peer, value }));
  }

  async count(owner: string, filter: ArchiveFilter): Promise<number> {
    await this.appends.flush();
    const { count } = await this.database
      .selectFrom('archive')
      .select((expression) => expression.fn.countAll<string | number>().as('count'))
      .where((expression) => this.#matches(expression, owner, filter))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async remove(owner: string, filter: ArchiveFilter): Promise<number> {
    await this.appends.flush();
    const { numDeletedRows } = await this.database
      .deleteFrom('archive')
      .where((expression) => this.#matches(expression, owner, filter))
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async trim(owner: string, keep: number): Promise<number> {
    await this.appends.flush();
    const newestToGo = await this.database
      .selectFrom('archive')
      .select('id')
      .where((expression) => this.#matches(expression, owner, {}))
      .orderBy('id', 'desc')
      .limit(1)
      .offset(keep)
      .executeTakeFirst();
    if (newestToGo === undefined) return 0;
    const { numDeletedRows } = await this.database
      .deleteFrom('archive')
      .where((expression) => this.#matches(expression, owner, {}))
      .where('id', '<=', newestToGo.id)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async expire(before: number): Promise<number> {
    await this.appends.flush();
    let gone = 0;
    for (;;) {
      const old = await this.database
        .selectFrom('archive')
        .select('id')
        .where('id', '<', firstIdAt(before))
        .where('host', '=', this.host)
        .where('store', '=', this.store)
        .orderBy('id')
        .limit(chunk)
        .execute();
      if (old.length === 0) return gone;
      const { numDeletedRows } = await this.database
        .deleteFrom('archive')
        .where('host', '=', this.host)
        .where('store', '=', this.store)
        .where(
          'id',
          'in',
          old.map(({ id }) => id),
        )
        .executeTakeFirstOrThrow();
      gone += Number(numDeletedRows);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async users(): Promise<string[]> {
    await this.appends.flush();
    const rows = await this.database
      .selectFrom('archive')
      .select('owner')
      .distinct()
      .where('host', '=', this.host)
      .where('store', '=', this.store)
      .execute();
    return rows.map(({ owner }) => owner).sort();
  }

  #matches(
    expression: ExpressionBuilder<Schema, 'archive'>,
    owner: string,
    { start, end, before, after, ids, with: peer }: ArchiveFilter,
  ): ExpressionWrapper<Schema, 'archive', SqlBool> {
    const all = [
      expression('host', '=', this.host),
      expression('store', '=', this.store),
      expression('owner', '=', owner),
    ];
    if (start !== undefined) all.push(expression('id', '>=', firstIdAt(start)));
    if (end !== undefined) all.push(expression('id', '<=', lastIdAt(end)));
    if (before !== undefined) all.push(expression('id', '<', before));
    if (after !== undefined) all.push(expression('id', '>', after));
    if (ids !== undefined) all.push(ids.length === 0 ? expression.lit(false) : expression('id', 'in', ids));
    if (peer !== undefined) {
      // What begins with `peer/`: the character after the slash is a zero.
      const ofResource = expression.and([
        expression('peer', '>=', `${peer}/`),
        expression('peer', '<', `${peer}0`),
      ]);
      all.push(expression.or([expression('peer', '=', peer), ofResource]));
    }
    return expression.and(all);
  }
}
