/** What is appended in a moment is written together; what cannot be written is the loss of nobody else. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendQueue } from './append-queue.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function queue(write: (batch: readonly string[]) => Promise<void> = () => Promise.resolve()) {
  const batches: string[][] = [];
  const appends = new AppendQueue<string>({
    write: async (batch) => {
      await write(batch);
      batches.push([...batch]);
    },
    delay: 20,
    batch: 3,
    capacity: 5,
  });
  return { appends, batches };
}

describe('an append queue', () => {
  it('writes once what comes in a moment', async () => {
    const { appends, batches } = queue();
    const both = [appends.append('a'), appends.append('b')];
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    await Promise.all(both);
    expect(batches).toEqual([['a', 'b']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes batches of bounded size, in order, one at a time', async () => {
    let running = 0;
    const { appends, batches } = queue(async () => {
      expect(++running).toBe(1);
      await Promise.resolve();
      running--;
    });
    for (const item of 'abcd') void appends.append(item);
    await Promise.all([appends.flush(), appends.flush()]);
    expect(batches).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('takes no more than it can hold', async () => {
    const { appends } = queue();
    for (const item of 'abcde') void appends.append(item);
    await expect(appends.append('f')).rejects.toThrow('does not keep up');
    await appends.flush();
    const later = appends.append('f');
    await appends.flush();
    await later;
  });

  it('tells whoever appended what cannot be written, and nobody else', async () => {
    const { appends, batches } = queue((batch) =>
      batch.includes('bad') ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    const outcome = Promise.allSettled(['a', 'bad', 'c'].map((item) => appends.append(item)));
    await appends.flush();
    expect((await outcome).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches).toEqual([['a'], ['c']]);
  });
});
