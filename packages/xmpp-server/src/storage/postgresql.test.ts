/** What can happen to a connection to PostgreSQL. */
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startPostgresql, whyNoPostgresql, type TestPostgresql } from '../testing/postgresql.js';
import { openStorage } from './open.js';
import { openPostgresql } from './postgresql.js';
import { StorageError } from './storage-error.js';

const log = pino({ level: 'silent' });
let server: TestPostgresql;

describe.skipIf(whyNoPostgresql !== undefined)(`PostgreSQL (${whyNoPostgresql ?? 'installed'})`, () => {
  beforeAll(async () => {
    server = await startPostgresql();
  }, 60_000);

  afterAll(() => server.stop());

  const administer = async (sql: string): Promise<void> => {
    const client = new pg.Client(server.url);
    await client.connect();
    await client.query(sql);
    await client.end();
  };

  it('may drop connections: they are made anew', async () => {
    const storage = await openPostgresql(server.url, { log });
    const store = storage.keyval('a.example', 's', z.number());
    await store.set('alice', 1);
    await administer(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'conclave'",
    );
    // At the latest the second attempt gets a connection that lives.
    await expect(store.get('alice').catch(() => store.get('alice'))).resolves.toBe(1);
    await storage.close();
  });

  it('can be opened by two at the same moment', async () => {
    await administer('drop schema public cascade; create schema public');
    const both = await Promise.all([
      openPostgresql(server.url, { log }),
      openPostgresql(server.url, { log }),
    ]);
    await both[0].keyval('a.example', 's', z.number()).set('alice', 1);
    expect(await both[1].keyval('a.example', 's', z.number()).get('alice')).toBe(1);
    for (const storage of both) await storage.close();
  });

  it('that is not there, or does not let us in, is said at once, and without its password', async () => {
    const opening = (postgresql: string) => openStorage({ postgresql }, { log });
    await expect(opening('postgresql://u:secret@127.0.0.1:1/d')).rejects.toThrow(StorageError);
    await expect(opening('postgresql://u:secret@127.0.0.1:1/d')).rejects.not.toThrow('secret');
    await expect(opening(`${server.url}nobody`)).rejects.toThrow('role "conclavenobody" does not exist');
  });

  it('tells one host from another by every byte', async () => {
    const storage = await openPostgresql(server.url, { log });
    const archive = storage.archive('a.example', 's');
    for (const id of ['a', 'B', 'ä', '-']) await archive.append('alice', { id, with: 'w', value: id });
    expect((await archive.find('alice', {})).map(({ value }) => value)).toEqual(['-', 'B', 'a', 'ä']);
    await storage.close();
  });
});
