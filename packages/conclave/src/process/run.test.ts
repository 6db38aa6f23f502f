import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConclaveError } from '../errors/conclave-error.js';
import { runUntilSignal } from './run.js';
import { Scope } from './scope.js';

const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

let lines: { level: number; msg: string; code?: string }[];
let log: Logger;
let former: Map<string, NodeJS.SignalsListener[]>;

beforeEach(() => {
  lines = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as (typeof lines)[number]);
      done();
    },
  });
  log = pino(stream);
  former = new Map(events.map((event) => [event, process.listeners(event as 'SIGTERM')]));
});
afterEach(() => {
  vi.useRealTimers();
  for (const event of events) {
    for (const listener of process.listeners(event as 'SIGTERM')) {
      if (!former.get(event)?.includes(listener)) process.removeListener(event, listener);
    }
  }
});

const messages = (): string[] => lines.map(({ msg }) => msg);

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends cleanly with %s, once, however often it comes',
    async (signal) => {
      const stop = vi.fn(() => Promise.resolve());
      const code = runUntilSignal(() => Promise.resolve({ stop }), log);
      process.emit(signal, signal);
      process.emit(signal, signal);
      expect(await code).toBe(0);
      expect(stop).toHaveBeenCalledOnce();
      expect(messages()).toEqual(['stopping', 'stopped']);
    },
  );

  test('reloads with SIGHUP, and goes on when what it reads is wrong', async () => {
    const reload = vi.fn(() => Promise.reject(new ConclaveError('CONF-003', 'x.yaml, line 3: no')));
    const code = runUntilSignal(() => Promise.resolve({ reload, stop: () => Promise.resolve() }), log);
    await new Promise(setImmediate);
    process.emit('SIGHUP', 'SIGHUP');
    await vi.waitFor(() => expect(messages()).toEqual(['not reloaded; all is as it was']));
    expect(reload).toHaveBeenCalledOnce();
    process.emit('SIGTERM', 'SIGTERM');
    expect(await code).toBe(0);
  });

  test('that is told to end while it starts ends after the start', async () => {
    const stop = vi.fn(() => Promise.resolve());
    let finish: (running: { stop(): Promise<void> }) => void = () => undefined;
    const code = runUntilSignal(() => new Promise((resolve) => (finish = resolve)), log);
    process.emit('SIGTERM', 'SIGTERM');
    finish({ stop });
    expect(await code).toBe(0);
    expect(stop).toHaveBeenCalledOnce();
  });

  test('that cannot stop ends all the same within five seconds, with exit code 1', async () => {
    vi.useFakeTimers();
    const code = runUntilSignal(
      () => Promise.resolve({ stop: () => new Promise<void>(() => undefined) }),
      log,
    );
    process.emit('SIGTERM', 'SIGTERM');
    await vi.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(1);
  });

  test('that cannot start explains itself in one line, with exit code 1', async () => {
    const failure = new ConclaveError(
      'NET-001',
      'Port 8080 is taken; its key is `http.port` (CONCLAVE_HTTP_PORT)',
    );
    expect(await runUntilSignal(() => Promise.reject(failure), log)).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 60,
      code: 'NET-001',
      msg: expect.stringContaining('http.port') as string,
    });
  });

  test('that fails without a code still has one: RUN-001', async () => {
    expect(await runUntilSignal(() => Promise.reject(new Error('odd')), log)).toBe(1);
    expect(messages()[0]).toMatch(/^RUN-001 /);
  });
});

describe('a scope', () => {
  test('stops what was started in the opposite order, each its turn, once', async () => {
    const order: string[] = [];
    const scope = new Scope(log);
    scope.add('first', () => void order.push('first'));
    scope.add('broken', () => Promise.reject(new Error('stuck')));
    scope.add('last', () => void order.push('last'));
    await scope.stop();
    await scope.stop();
    expect(order).toEqual(['last', 'first']);
    expect(lines).toMatchObject([{ level: 50, part: 'broken' }]);
  });
});
