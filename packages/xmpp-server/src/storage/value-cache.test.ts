import { describe, expect, it } from 'vitest';
import { ValueCache } from './value-cache.js';

/** Storage whose answers come when the test says so. */
function scripted(capacity = 10, inUse: (owner: string) => boolean = () => false) {
  const loads: {
    owner: string;
    resolve: (value: string | undefined) => void;
    reject: (error: Error) => void;
  }[] = [];
  const cache = new ValueCache<string>({
    capacity,
    inUse,
    load: (owner) => new Promise((resolve, reject) => loads.push({ owner, resolve, reject })),
  });
  const seen: string[] = [];
  const use = (owner: string, mark: string): void =>
    cache.use(
      owner,
      (value) => seen.push(`${mark}:${value ?? 'none'}`),
      (error) => seen.push(`${mark}!${(error as Error).message}`),
    );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { cache, loads, seen, use, settle };
}

describe('a cache of values', () => {
  it('reads once for all that wait, and serves them in order', async () => {
    const { loads, seen, use, settle } = scripted();
    use('romeo', 'first');
    use('romeo', 'second');
    expect(loads).toHaveLength(1);
    loads[0]?.resolve('roster');
    await settle();
    expect(seen).toEqual(['first:roster', 'second:roster']);
  });

  it('answers at once from then on', async () => {
    const { loads, seen, use, settle } = scripted();
    use('romeo', 'first');
    loads[0]?.resolve('roster');
    await settle();
    use('romeo', 'second');
    expect(seen).toEqual(['first:roster', 'second:roster']);
    expect(loads).toHaveLength(1);
  });

  it('does not remember who is not there, nor what failed', async () => {
    const { loads, seen, use, settle } = scripted();
    use('nobody', '1');
    loads[0]?.resolve(undefined);
    await settle();
    use('nobody', '2');
    loads[1]?.reject(new Error('broken'));
    await settle();
    use('nobody', '3');
    loads[2]?.resolve('found');
    await settle();
    expect(seen).toEqual(['1:none', '2!broken', '3:found']);
  });

  it('lets one that throws not keep the others from theirs', async () => {
    const { cache, loads, seen, use, settle } = scripted();
    cache.use(
      'romeo',
      () => {
        throw new Error('clumsy');
      },
      (error) => seen.push((error as Error).message),
    );
    use('romeo', 'next');
    loads[0]?.resolve('roster');
    await settle();
    expect(seen).toEqual(['clumsy', 'next:roster']);
  });

  it('lets go of what is not in use when there is too much', async () => {
    const { cache, loads, use, settle } = scripted(2, (owner) => owner === 'online');
    for (const owner of ['online', 'a', 'b']) {
      use(owner, owner);
      loads.at(-1)?.resolve(owner);
      await settle();
    }
    expect(cache.peek('online')).toBe('online');
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('b')).toBe('b');
  });
});
