/** IQs of a host and their answers (RFC 6120 s.8.2.3): each is answered exactly once, by whom it was sent to. */
import { el, parseJid, parseStanzaError, type Element } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PendingRequests } from './pending-requests.js';

const room = 'room@rooms.example';
const client = 'alice@a.example/x';
let sent: Element[];
let pending: PendingRequests;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  pending = new PendingRequests({
    limits: { pendingRequests: 2, requestTimeout: 1000 },
    send: (iq) => void sent.push(iq),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function ask(id?: string): Promise<Element> {
  return pending.request(el('iq', { type: 'get', id, from: room, to: client }, el('q', { xmlns: 'u' })));
}

function answer(id: string, from = client, to = room): boolean {
  return pending.answer(el('iq', { type: 'result', id, from, to }), parseJid(from), parseJid(to));
}

describe('a request', () => {
  it('is sent with an id, and gets its answer', async () => {
    const result = ask();
    const id = String(sent[0]?.attrs['id']);
    expect(answer(id)).toBe(true);
    expect((await result).attrs['type']).toBe('result');
    expect(answer(id)).toBe(false);
  });

  it('is not answered by anybody else, nor for anybody else', async () => {
    const result = ask('1');
    expect(answer('1', 'mallory@a.example/x')).toBe(false);
    expect(answer('1', 'alice@a.example/y')).toBe(false);
    expect(answer('1', client, 'other@rooms.example')).toBe(false);
    expect(answer('2')).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(parseStanzaError(await result)?.condition).toBe('remote-server-timeout');
  });

  it('is refused when too many wait, or its id is in use', async () => {
    void ask('1');
    expect(parseStanzaError(await ask('1'))?.condition).toBe('resource-constraint');
    void ask('2');
    expect(parseStanzaError(await ask('3'))?.condition).toBe('resource-constraint');
    expect(sent).toHaveLength(2);
    answer('1');
    void ask('3');
    expect(sent).toHaveLength(3);
  });

  it('is given up when the host goes', async () => {
    const result = ask('1');
    pending.dispose();
    expect(parseStanzaError(await result)?.condition).toBe('service-unavailable');
    expect(vi.getTimerCount()).toBe(0);
  });
});
