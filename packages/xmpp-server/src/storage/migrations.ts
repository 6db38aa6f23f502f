/** The SQL schema, as the steps that lead to it; a step that has been released is never changed. */
import type { Kysely, Migration } from 'kysely';

export interface Schema {
  keyval: { host: string; store: string; owner: string; value: string };
}

export const migrations: Record<string, Migration> = {
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
};
