/** The SQL schema, as the steps that lead to it; a step that has been released is never changed. */
import { sql, type Kysely, type Migration } from 'kysely';

export interface Schema {
  keyval: { host: string; store: string; owner: string; value: string };
  archive: { host: string; store: string; owner: string; id: string; peer: string; value: string };
}

/** @param binary the name that the database has for the collation that compares bytes */
export function migrations(binary: 'binary' | '"C"'): Record<string, Migration> {
  return {
    '0001-keyval': {
      async up(database: Kysely<unknown>) {
        await database.schema
          .createTable('keyval')
          .addColumn('host', 'text', (column) => column.notNull())
          .addColumn('store', 'text', (column) => column.notNull())
          .addColumn('owner', 'text', (column) => column.notNull())
          .addColumn('value', 'text', (column) => column.notNull())
          .addPrimaryKeyConstraint('keyval_key', ['host', 'store', 'owner'])
          .execute();
      },
    },
    '0002-archive': {
      async up(database: Kysely<unknown>) {
        const text = sql`text collate ${sql.raw(binary)}`;
        await database.schema
          .createTable('archive')
          .addColumn('host', text, (column) => column.notNull())
          .addColumn('store', text, (column) => column.notNull())
          .addColumn('owner', text, (column) => column.notNull())
          .addColumn('id', text, (column) => column.notNull())
          .addColumn('peer', text, (column) => column.notNull())
          .addColumn('value', 'text', (column) => column.notNull())
          .addPrimaryKeyConstraint('archive_key', ['host', 'store', 'owner', 'id'])
          .execute();
        // By age, to find what has expired.
        await database.schema.createIndex('archive_id').on('archive').column('id').execute();
      },
    },
  };
}
