import { describe, expect, it } from 'vitest';
import { InTurn } from './in-turn.js';
import { LatestWrites } from './latest-writes.js';

/** A write that ends when the test says so. */
function scripted() {
  const started: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const write = (what: string) => (): Promise<void> => {
    started.push(what);
    return new Promise((resolve, reject) => ends.push({ resolve, reject }));
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { started, ends, write, settle };
}

describe('writes of what is newest', () => {
  it('are one at a time, and one stands for all that came meanwhile', async () => {
    const writes = new LatestWrites();
    const { started, ends, write, settle } = scripted();
    const first = writes.write('romeo', write('1'));
    const second = writes.write('romeo', write('2'));
    const third = writes.write('romeo', write('3'));
    void writes.write('juliet', write('other'));
    expect(started).toEqual(['1', 'other']);
    ends[0]?.resolve();
    await first;
    await settle();
    expect(started).toEqual(['1', 'other', '2']);
    ends[2]?.resolve();
    await Promise.all([second, third]);
    const fourth = writes.write('romeo', write('4'));
    ends[3]?.resolve();
    await fourth;
  });

  it('that fail are told of, and do not stop the next', async () => {
    const writes = new LatestWrites();
    const { started, ends, write, settle } = scripted();
    const first = writes.write('romeo', write('1'));
    const second = writes.write('romeo', write('2'));
    ends[0]?.reject(new Error('full'));
    await expect(first).rejects.toThrow('full');
    await settle();
    expect(started).toEqual(['1', '2']);
    ends[1]?.resolve();
    await second;
    await writes.settled('romeo');
  });
});

describe('work in turn', () => {
  it('waits for what came before, whether that succeeds or not', async () => {
    const inTurn = new InTurn();
    const { started, ends, write, settle } = scripted();
    const first = inTurn.run('romeo', write('1'));
    const second = inTurn.run('romeo', write('2'));
    void inTurn.run('juliet', write('other'));
    await settle();
    expect(started).toEqual(['1', 'other']);
    ends[0]?.reject(new Error('full'));
    await expect(first).rejects.toThrow('full');
    await settle();
    expect(started).toEqual(['1', 'other', '2']);
    ends[2]?.resolve();
    await second;
  });
});
