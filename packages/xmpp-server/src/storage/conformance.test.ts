/** What every storage driver must do, run over all of them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MemoryStorage } from './memory.js';
import { SqliteStorage } from './sqlite.js';
import type { Storage } from './storage.js';

const value = z.object({ n: z.number(), text: z.string().optional() });
let directory: string;
let storage: Storage;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-storage-'));
});

afterEach(async () => {
  await storage.close();
  rmSync(directory, { recursive: true });
});

const drivers: [string, () => Storage | Promise<Storage>][] = [
  ['memory', () => new MemoryStorage()],
  ['SQLite', () => SqliteStorage.open(join(directory, 'a.sqlite'))],
];

describe.each(drivers)('%s', (_, open) => {
  beforeEach(async () => {
    storage = await open();
  });

  it('gives back what was set', async () => {
    const store = storage.keyval('a.example', 's', value);
    expect(await store.get('alice')).toBeUndefined();
    await store.set('alice', { n: 1, text: "it's \u0000 a 😀" });
    expect(await store.get('alice')).toEqual({ n: 1, text: "it's \u0000 a 😀" });
    await store.set('alice', { n: 2 });
    expect(await store.get('alice')).toEqual({ n: 2 });
  });

  it('keeps hosts, stores and owners apart', async () => {
    await storage.keyval('a.example', 's', value).set('alice', { n: 1 });
    expect(await storage.keyval('b.example', 's', value).get('alice')).toBeUndefined();
    expect(await storage.keyval('a.example', 't', value).get('alice')).toBeUndefined();
    expect(await storage.keyval('a.example', 's', value).get('Alice')).toBeUndefined();
    expect(await storage.keyval('a.example', 's', value).get('alice')).toEqual({ n: 1 });
  });

  it('adds only what is not there, also when two try at once', async () => {
    const store = storage.keyval('a.example', 's', value);
    const added = await Promise.all([store.add('alice', { n: 1 }), store.add('alice', { n: 2 })]);
    expect(added.sort()).toEqual([false, true]);
    expect(await store.add('alice', { n: 3 })).toBe(false);
    expect((await store.get('alice'))?.n).toBeLessThan(3);
  });

  it('removes, and says whether there was anything', async () => {
    const store = storage.keyval('a.example', 's', value);
    await store.set('alice', { n: 1 });
    expect(await store.remove('alice')).toBe(true);
    expect(await store.remove('alice')).toBe(false);
    expect(await store.get('alice')).toBeUndefined();
  });

  it('lists owners in order', async () => {
    const store = storage.keyval('a.example', 's', value);
    for (const owner of ['b', 'a', 'ä', 'B', '']) await store.set(owner, { n: 1 });
    await storage.keyval('a.example', 't', value).set('other', { n: 1 });
    expect(await store.users()).toEqual(['', 'B', 'a', 'b', 'ä']);
  });

  it('does not change what is stored when what was read is changed', async () => {
    const store = storage.keyval('a.example', 's', value);
    const written = { n: 1 };
    await store.set('alice', written);
    written.n = 2;
    const read = await store.get('alice');
    if (read !== undefined) read.n = 3;
    expect(await store.get('alice')).toEqual({ n: 1 });
  });

  it('does not give out what does not fit the schema', async () => {
    await storage.keyval('a.example', 's', z.string()).set('alice', 'text');
    await expect(storage.keyval('a.example', 's', value).get('alice')).rejects.toThrow();
  });
});

describe('an SQLite file', () => {
  const file = () => join(directory, 'a.sqlite');

  it('is readable by its owner only, journal included', async () => {
    storage = await SqliteStorage.open(file());
    await storage.keyval('a.example', 's', value).set('alice', { n: 1 });
    for (const name of [file(), `${file()}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  });

  it('keeps what it was given', async () => {
    storage = await SqliteStorage.open(file());
    await storage.keyval('a.example', 's', value).set('alice', { n: 1 });
    await storage.close();
    storage = await SqliteStorage.open(file());
    expect(await storage.keyval('a.example', 's', value).get('alice')).toEqual({ n: 1 });
  });
});
