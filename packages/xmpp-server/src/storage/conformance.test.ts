/** What every storage driver must do, run over all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startPostgresql, whyNoPostgresql, type TestPostgresql } from '../testing/postgresql.js';
import { openStorage, type StorageConfig } from './open.js';
import type { Storage } from './storage.js';
import { timeOf, TimeOrderedIds } from './time-ordered-id.js';

const log = pino({ level: 'silent' });
const value = z.object({ n: z.number(), text: z.string().optional() });
let postgresql: TestPostgresql;
let directory: string;
let storage: Storage;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-storage-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

interface Driver {
  readonly name: string;
  readonly config: () => StorageConfig;
  /** Why it cannot be tested here. */
  readonly missing?: string | undefined;
}

const drivers: readonly Driver[] = [
  { name: 'memory', config: () => 'memory' },
  { name: 'SQLite', config: () => ({ directory }) },
  { name: 'PostgreSQL', config: () => ({ postgresql: postgresql.url }), missing: whyNoPostgresql },
];

beforeAll(async () => {
  if (whyNoPostgresql === undefined) postgresql = await startPostgresql();
}, 60_000);

afterAll(async () => {
  if (whyNoPostgresql === undefined) await postgresql.stop();
});

describe.each(drivers)('$name', ({ name, config, missing }) => {
  if (missing !== undefined) {
    it.skip(`cannot be tested: ${missing}`, () => undefined);
    return;
  }

  beforeEach(async () => {
    storage = await openStorage(config(), { log });
  });

  afterEach(async () => {
    // What one test leaves in a database that lasts is not for the next to find.
    for (const host of ['a.example', 'b.example']) {
      for (const store of ['s', 't']) {
        for (const owner of await storage.keyval(host, store, z.unknown()).users())
          await storage.purge(host, owner);
        for (const owner of await storage.archive(host, store).users()) await storage.purge(host, owner);
      }
    }
    await storage.close();
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

  it('purges what belongs to an owner on a host, and nothing else', async () => {
    const left = [storage.keyval('b.example', 's', value), storage.keyval('a.example', 's', value)] as const;
    await storage.keyval('a.example', 's', value).set('alice', { n: 1 });
    await storage.archive('a.example', 't').append('alice', { id: 'x', with: 'w', value: 'v' });
    await left[0].set('alice', { n: 2 });
    await left[1].set('alic', { n: 3 });
    await storage.purge('a.example', 'alice');
    expect(await storage.keyval('a.example', 's', value).get('alice')).toBeUndefined();
    expect(await storage.archive('a.example', 't').users()).toEqual([]);
    expect([await left[0].get('alice'), await left[1].get('alic')]).toEqual([{ n: 2 }, { n: 3 }]);
  });

  if (name !== 'memory') {
    it('keeps what it was given, also what was still under way', async () => {
      await storage.keyval('a.example', 's', value).set('alice', { n: 1 });
      const appended = storage.archive('a.example', 's').append('alice', { id: 'x', with: 'w', value: 'v' });
      await storage.close();
      await appended;
      storage = await openStorage(config(), { log });
      expect(await storage.keyval('a.example', 's', value).get('alice')).toEqual({ n: 1 });
      expect(await storage.archive('a.example', 's').count('alice', {})).toBe(1);
    });
  }

  describe('an archive', () => {
    const owner = 'alice';
    const archive = () => storage.archive('a.example', 's');
    /** One a second, exchanged in turn with these. */
    const peers = ['bob@b.example/x', 'bob@b.example', 'bob@b.example.org', 'carol@b.example/bob@b.example'];
    let ids: string[];

    beforeEach(async () => {
      const made = new TimeOrderedIds();
      ids = Array.from({ length: 8 }, (_, i) => made.next(1_000_000 + i * 1000));
      // Out of order, and many at a time.
      const appended = ids.map((id, i) =>
        archive().append(owner, { id, with: peers[i % peers.length] ?? '', value: `<m>${i} 😀</m>` }),
      );
      await Promise.all(appended.toReversed());
    });

    const found = async (query: Parameters<ReturnType<typeof archive>['find']>[1]): Promise<string> => {
      const items = await archive().find(owner, query);
      return items.map(({ id }) => ids.indexOf(id)).join('');
    };

    it('gives back what was added, in the order of time', async () => {
      const items = await archive().find(owner, {});
      expect(items.map(({ id }) => id)).toEqual(ids);
      expect(items[1]).toEqual({ id: ids[1], with: 'bob@b.example', value: '<m>1 😀</m>' });
      expect(timeOf(items[1]?.id ?? '')).toBe(1_001_000);
    });

    it('keeps hosts, stores and owners apart', async () => {
      const id = ids[0] ?? '';
      await storage.archive('a.example', 't').append(owner, { id, with: 'w', value: 'another' });
      await archive().append('Alice', { id, with: 'w', value: 'another' });
      expect(await storage.archive('b.example', 's').find(owner, {})).toEqual([]);
      expect(await archive().count('Alice', {})).toBe(1);
      expect(await archive().count(owner, {})).toBe(8);
      expect(await archive().users()).toEqual(['Alice', 'alice']);
    });

    it.each([1, 7, 9, 64, 65, 150])('stores all of %i that come at once, each as it was', async (count) => {
      const made = new TimeOrderedIds();
      const items = Array.from({ length: count }, (_, i) => ({
        id: made.next(3_000_000 + i),
        with: `w${i}`,
        value: `<m>${i}</m>`,
      }));
      await Promise.all(items.map((item) => archive().append('bob', item)));
      expect(await archive().find('bob', {})).toEqual(items);
    });

    it('keeps the first of two that have the same id', async () => {
      await archive().append(owner, { id: ids[0] ?? '', with: 'x', value: 'other' });
      expect((await archive().find(owner, { limit: 1 }))[0]?.value).toBe('<m>0 😀</m>');
      expect(await archive().count(owner, {})).toBe(8);
    });

    it.each([
      ['all', {}, '01234567'],
      ['the first', { limit: 3 }, '012'],
      ['the last, the newest first', { limit: 3, reverse: true }, '765'],
      ['none', { limit: 0 }, ''],
      ['from a time on', { start: 1_005_000 }, '567'],
      ['until a time', { end: 1_001_999 }, '01'],
      ['of a time', { start: 1_002_000, end: 1_002_000 }, '2'],
      ['of no time', { start: 1_002_000, end: 1_001_000 }, ''],
      ['with an account and its resources', { with: 'bob@b.example' }, '0145'],
      ['with a resource', { with: 'bob@b.example/x' }, '04'],
      ['with a stranger', { with: 'bob@b' }, ''],
      ['with a name that looks like a pattern', { with: 'bob@b.exampl_' }, ''],
    ])('finds %s', async (_, query, expected) => {
      expect(await found(query)).toBe(expected);
      if (!('limit' in query)) expect(await archive().count(owner, query)).toBe(expected.length);
    });

    it('finds what comes before and after an id, whether it is there or not', async () => {
      expect(await found({ after: ids[4] ?? '' })).toBe('567');
      expect(await found({ before: ids[4] ?? '', limit: 2, reverse: true })).toBe('32');
      expect(await found({ after: ids[1] ?? '', before: ids[4] ?? '' })).toBe('23');
      expect(await found({ after: `${ids[1] ?? ''}~` })).toBe('234567');
    });

    it('finds what is asked for by id', async () => {
      expect(await found({ ids: [ids[5] ?? '', 'other', ids[1] ?? ''] })).toBe('15');
      expect(await found({ ids: [] })).toBe('');
    });

    it('counts the whole of it', async () => {
      expect(await archive().count(owner, { after: ids[1] ?? '', with: 'bob@b.example' })).toBe(2);
      expect(await archive().count('nobody', {})).toBe(0);
    });

    it('removes what a filter lets through', async () => {
      expect(await archive().remove(owner, { with: 'bob@b.example' })).toBe(4);
      expect(await archive().remove(owner, { with: 'bob@b.example' })).toBe(0);
      expect(await found({})).toBe('2367');
    });

    it('forgets the oldest, so that so many are left', async () => {
      expect(await archive().trim(owner, 8)).toBe(0);
      expect(await archive().trim(owner, 3)).toBe(5);
      expect(await found({})).toBe('567');
      expect(await archive().trim(owner, 0)).toBe(3);
      expect(await archive().users()).toEqual([]);
    });

    it('forgets what is too old, of everybody', async () => {
      await archive().append('bob', { id: ids[1] ?? '', with: 'w', value: 'v' });
      await storage.archive('a.example', 't').append('bob', { id: ids[1] ?? '', with: 'w', value: 'v' });
      expect(await archive().expire(1_003_000)).toBe(4);
      expect(await found({})).toBe('34567');
      expect(await archive().users()).toEqual(['alice']);
      expect(await storage.archive('a.example', 't').count('bob', {})).toBe(1);
    });

    it('takes many at once', async () => {
      const made = new TimeOrderedIds();
      const all = Array.from({ length: 1500 }, (_, n) => ({ id: made.next(n), with: 'w', value: `${n}` }));
      await Promise.all(all.map((item) => archive().append('bob', item)));
      expect(await archive().count('bob', {})).toBe(1500);
      expect(await archive().expire(999_000)).toBe(1500);
    });

    it('finds what has been added and may not be stored yet', async () => {
      const appended = archive().append('bob', { id: 'x', with: 'w', value: 'v' });
      expect(await archive().count('bob', {})).toBe(1);
      await appended;
    });
  });
});
