/** The embedded database's files, and what a process that is killed leaves in them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSqlite } from './sqlite.js';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-sqlite-'));
  file = join(directory, 'a.sqlite');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('an SQLite file', () => {
  it('is readable by its owner only, journal included', async () => {
    const storage = await openSqlite(file);
    await storage.keyval('a.example', 's', z.number()).set('alice', 1);
    for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  it('of an older release is brought up to date, with what is in it', async () => {
    const before = await openSqlite(file);
    await before.keyval('a.example', 's', z.number()).set('alice', 1);
    await before.close();
    // As the release before message archives left it.
    const database = new Database(file);
    database.exec("drop table archive; delete from kysely_migration where name = '0002-archive'");
    database.close();
    const storage = await openSqlite(file);
    expect(await storage.keyval('a.example', 's', z.number()).get('alice')).toBe(1);
    const archive = storage.archive('a.example', 's');
    await archive.append('alice', { id: '1', with: 'w', value: 'v' });
    await storage.close();
    const reopened = new Database(file, { readonly: true });
    expect(reopened.prepare('select count(*) as n from archive').get()).toEqual({ n: 1 });
    reopened.close();
  });

  it('of a newer release is not touched', async () => {
    await (await openSqlite(file)).close();
    const database = new Database(file);
    database.exec("insert into kysely_migration values ('9999-from-the-future', '2099-01-01')");
    database.close();
    await expect(openSqlite(file)).rejects.toThrow('could not be brought up to date');
  });
});

/** Writes without end: says of each value that it is stored once it is. */
const writer = `
  import { z } from 'zod';
  const { openSqlite } = await import(process.argv[1]);
  const storage = await openSqlite(process.argv[2]);
  const values = storage.keyval('a.example', 's', z.string());
  const archive = storage.archive('a.example', 's');
  for (let n = 0; ; n++) {
    const id = String(n).padStart(9, '0');
    await Promise.all([
      values.set('alice', String(n % 10).repeat(100_000)),
      archive.append('alice', { id: id + 'a', with: 'w', value: 'a'.repeat(10_000) }),
      archive.append('alice', { id: id + 'b', with: 'w', value: 'b'.repeat(10_000) }),
    ]);
    console.log(n);
  }
`;
/** What a process can run: the compiled code beside which this test stands. */
const compiled = fileURLToPath(new URL('../../dist/storage/sqlite.js', import.meta.url));

describe('a process that is killed while it writes', () => {
  it.each([1, 5, 20])(
    'leaves all that it said was stored, and nothing by halves (%i)',
    async (kills) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', writer, compiled, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      });
      let stored = -1;
      const lines = createInterface(child.stdout);
      lines.on('line', (line) => {
        stored = Number(line);
        if (stored >= kills) child.kill('SIGKILL');
      });
      await once(lines, 'close');

      const database = new Database(file, { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
      const storage = await openSqlite(file);
      const text = (await storage.keyval('a.example', 's', z.string()).get('alice')) ?? '';
      expect(text).toBe(text.charAt(0).repeat(100_000));
      const items = await storage.archive('a.example', 's').find('alice', {});
      expect(items.length).toBeGreaterThanOrEqual(2 * (stored + 1));
      // What is added in the same moment is there together.
      expect(items.length % 2).toBe(0);
      for (const { id, value } of items) expect(value).toBe(id.slice(-1).repeat(10_000));
      await storage.close();
    },
    30_000,
  );
});
