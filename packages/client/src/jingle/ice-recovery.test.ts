import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IceRecovery } from './ice-recovery.js';

let asked: number;
let granted: boolean;
let givenUp: number;
let recovery: IceRecovery;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  granted = true;
  givenUp = 0;
  recovery = new IceRecovery({
    ask: () => {
      asked += 1;
      return Promise.resolve(granted);
    },
    giveUp: () => (givenUp += 1),
  });
});

afterEach(() => {
  recovery.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('an interrupted path', () => {
  beforeEach(() => {
    recovery.pathIs('connected');
    recovery.pathIs('interrupted');
  });

  it('that comes back soon is left alone', async () => {
    await pass(999);
    recovery.pathIs('connected');
    await pass(60_000);
    expect([asked, givenUp]).toEqual([0, 0]);
  });

  it('is restarted once', async () => {
    await pass(1000);
    recovery.pathIs('connecting');
    recovery.pathIs('interrupted');
    await pass(5000);
    expect(asked).toBe(1);
    recovery.pathIs('connected');
    await pass(60_000);
    expect(givenUp).toBe(0);
  });

  it('is restarted again when it breaks again', async () => {
    await pass(1000);
    recovery.pathIs('connected');
    recovery.pathIs('interrupted');
    await pass(1000);
    expect(asked).toBe(2);
  });

  it.each([
    ['is refused', () => (granted = false), 1000],
    ['does not help in time', () => undefined, 11_000],
  ])('is given up when the restart %s', async (_, arrange, time) => {
    arrange();
    await pass(time - 1);
    expect(givenUp).toBe(0);
    await pass(1);
    expect(givenUp).toBe(1);
  });

  it('is given up when it fails during the restart', async () => {
    await pass(1000);
    recovery.pathIs('failed');
    expect(givenUp).toBe(1);
    await pass(60_000);
    expect(givenUp).toBe(1);
  });

  it('is restarted at once when it fails before', async () => {
    recovery.pathIs('failed');
    await pass(0);
    expect([asked, givenUp]).toEqual([1, 0]);
  });
});

describe('a path that never was', () => {
  beforeEach(() => {
    recovery.pathIs('connecting');
    recovery.pathIs('failed');
  });

  it('is given up when it fails and the bridge finds none either', async () => {
    await pass(2999);
    expect(givenUp).toBe(0);
    await pass(1);
    expect([asked, givenUp]).toEqual([0, 1]);
  });

  it('is used when the bridge finds it', async () => {
    await pass(2999);
    recovery.pathIs('connected');
    await pass(60_000);
    expect([asked, givenUp]).toEqual([0, 0]);
  });

  it('is waited for as long as it is tried again', async () => {
    recovery.pathIs('connecting');
    await pass(60_000);
    expect(givenUp).toBe(0);
    recovery.pathIs('failed');
    await pass(3000);
    expect(givenUp).toBe(1);
  });

  it('is not restarted when the network changes', async () => {
    recovery.networkChanged();
    await pass(60_000);
    expect(asked).toBe(0);
  });
});

describe('another network', () => {
  beforeEach(() => recovery.pathIs('connected'));

  it('restarts a path that works, which stays whatever comes of it', async () => {
    granted = false;
    recovery.networkChanged();
    recovery.networkChanged();
    await pass(500);
    expect(asked).toBe(1);
    granted = true;
    recovery.networkChanged();
    await pass(60_000);
    expect([asked, givenUp]).toEqual([2, 0]);
  });

  it('concerns nobody who has left', async () => {
    recovery.networkChanged();
    recovery.close();
    recovery.networkChanged();
    recovery.pathIs('failed');
    await pass(60_000);
    expect([asked, givenUp]).toEqual([0, 0]);
  });
});
