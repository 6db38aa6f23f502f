/** When an agent of ours answers in the place of the ICE library, and when the client is left to it. */
import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ClientPath, PathUser } from './client-paths.js';
import type { IceCredentials } from './credentials.js';
import { newCredentials } from './credentials.js';
import { RefusedClient } from './refused-client.js';
import { checkSuccess, connectivityCheck, readStun, type StunAddress, StunType } from './stun.js';

const where: StunAddress = { host: '192.0.2.7', port: 50_000 };

let local: IceCredentials;
let remote: IceCredentials;
let library: { established: boolean; remoteCredentials: IceCredentials; foundAt: StunAddress };
let subject: RefusedClient;
/** Paths that were asked for, and are closed. */
let reached: number;
let closed: number;
let sent: Buffer[];
let told: string[];
let hear: ((datagram: Buffer) => void) | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  [local, remote] = [newCredentials(), newCredentials()];
  library = { established: false, remoteCredentials: remote, foundAt: where };
  [reached, closed, sent, told, hear] = [0, 0, [], [], undefined];
  const reach = (client: StunAddress, user: PathUser): void => {
    reached += 1;
    const path: ClientPath = {
      ...client,
      send: (datagram) => void sent.push(datagram),
      close: () => (closed = 1),
    };
    hear = user.take(path);
  };
  subject = new RefusedClient(
    local,
    library,
    { reach },
    {
      onBegun: () => told.push('begun'),
      onConnected: () => told.push('connected'),
      onFailed: () => told.push('failed'),
      onData: () => told.push('data'),
    },
    () => Date.now(),
  );
});

afterEach(() => {
  subject.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const check = (tieBreaker: bigint, password = local.pwd): Buffer =>
  connectivityCheck({
    transaction: randomBytes(12),
    username: `${local.ufrag}:${remote.ufrag}`,
    password,
    priority: 1,
    role: 'controlled',
    tieBreaker,
    useCandidate: false,
  });

const types = (): (number | undefined)[] => sent.map((datagram) => readStun(datagram)?.type);

/** The client's answer to our last check. */
function answer(): Buffer {
  const last = sent.map(readStun).findLast((message) => message?.type === StunType.bindingRequest);
  return checkSuccess(last!, undefined, remote.pwd);
}

describe('a client that the library has found', () => {
  it('is not asked before DTLS has had its time', () => {
    subject.found();
    subject.found();
    vi.advanceTimersByTime(999);
    expect(reached).toBe(0);
    vi.advanceTimersByTime(1);
    expect(reached).toBe(1);
    expect(types()).toEqual([StunType.bindingRequest]);
  });

  it('is never asked when media flow by then', () => {
    subject.found();
    library.established = true;
    subject.reached();
    subject.found();
    vi.advanceTimersByTime(60_000);
    expect(reached).toBe(0);
  });
});

describe('a client that is asked', () => {
  beforeEach(() => {
    subject.found();
    vi.advanceTimersByTime(1000);
  });

  it('is answered and nominated when it says zero', () => {
    hear?.(answer());
    hear?.(check(0n));
    expect(told).toEqual(['begun']);
    expect(types()).toContain(StunType.bindingSuccess);
    vi.advanceTimersByTime(100);
    hear?.(answer());
    hear?.(answer());
    hear?.(Buffer.from([22, 254, 253]));
    expect(told).toEqual(['begun', 'connected', 'data']);
    expect(closed).toBe(0);
  });

  it.each([
    ['says something else', () => check(7n)],
    ['does not know the password', () => check(0n, 'nobody’s')],
    ['is in the midst of DTLS', () => Buffer.from([22, 254, 253])],
    ['says what is no STUN', () => check(0n).subarray(0, 40)],
  ])('is left to the library when it %s', (_, datagram) => {
    hear?.(datagram());
    expect([closed, told]).toEqual([1, []]);
    expect(types()).not.toContain(StunType.bindingSuccess);
    hear?.(check(0n));
    expect(told).toEqual([]);
  });

  it('is left to the library when it answers and does not check', () => {
    hear?.(answer());
    vi.advanceTimersByTime(400);
    hear?.(answer());
    expect(closed).toBe(0);
    vi.advanceTimersByTime(100);
    expect([closed, told]).toEqual([1, []]);
  });

  it('is given up when nothing comes, for ever', () => {
    vi.advanceTimersByTime(6000);
    expect(closed).toBe(1);
    subject.found();
    vi.advanceTimersByTime(60_000);
    expect(reached).toBe(1);
  });

  it('keeps its agent when media flow by it, and loses it when they flow by another way', () => {
    hear?.(check(0n));
    library.established = true;
    subject.reached();
    expect(closed).toBe(0);
    library.foundAt = { ...where, port: 50_001 };
    subject.reached();
    expect(closed).toBe(1);
  });

  it('is withdrawn when it does not consent any more', () => {
    hear?.(check(0n));
    vi.advanceTimersByTime(100);
    hear?.(answer());
    hear?.(answer());
    vi.advanceTimersByTime(40_000);
    expect(told).toEqual(['begun', 'connected', 'failed']);
  });
});
