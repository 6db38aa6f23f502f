import { type Element, NS, attribute, el, firstChild, stanzaError } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptedConnection, type ServerAnswer } from './connection.test.support.js';
import { ExternalServices } from './external-services.js';

const announced = el('query', { xmlns: NS.discoInfo }, el('feature', { var: NS.externalServices }));
const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);

/** A TURN server whose credentials are good for an hour, named after the time. */
function turn(): Element {
  const expires = new Date(Date.now() + hour).toISOString();
  const username = `at ${(Date.now() - start) / 60_000} min`;
  const service = el('service', { type: 'turn', host: 't', username, password: 'p', expires });
  return el('services', { xmlns: NS.externalServices }, service);
}

let questions: string[];
let subject: ExternalServices;

/** A domain that answers so. */
function domain(services: () => ServerAnswer, info: () => ServerAnswer = () => announced): void {
  questions = [];
  const connection = new ScriptedConnection(
    { service: 'ws://x', domain: 'guest.meet.example' },
    {
      online: () => undefined,
      resumed: () => undefined,
      lost: () => undefined,
      failed: () => undefined,
      stanza: () => undefined,
      iq: () => undefined,
    },
    (iq) => {
      const { name } = firstChild(iq)!;
      questions.push(`${name} of ${attribute(iq, 'to') ?? ''}`);
      return name === 'query' ? info() : services();
    },
  );
  subject = new ExternalServices(connection, 'meet.example');
  subject.start();
}
const users = async () => (await subject.current()).map(({ username }) => username);

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  subject.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('the servers of the domain', () => {
  it('are asked for at once where they are announced, and only of the domain', async () => {
    domain(turn);
    expect(await users()).toEqual(['at 0 min']);
    expect(questions).toEqual(['query of meet.example', 'services of meet.example']);
  });

  it('are asked for again before their credentials expire', async () => {
    domain(turn);
    await users();
    await vi.advanceTimersByTimeAsync(0.79 * hour);
    expect(await users()).toEqual(['at 0 min']);
    await vi.advanceTimersByTimeAsync(0.02 * hour);
    expect(await users()).toEqual(['at 48 min']);
    await vi.advanceTimersByTimeAsync(0.8 * hour);
    expect(await users()).toEqual(['at 96 min']);
  });

  it('are not asked for again where nothing expires', async () => {
    const stun = () => el('service', { type: 'stun', host: 't' });
    domain(() => el('services', { xmlns: NS.externalServices }, stun()));
    expect(await subject.current()).toEqual([{ urls: 'stun:t' }]);
    await vi.advanceTimersByTimeAsync(100 * hour);
    expect(questions).toHaveLength(2);
  });

  it('are asked for once a minute at most, however wrong a clock', async () => {
    domain(() => {
      const services = turn();
      services.getChild('service')!.attrs['expires'] = '2020-01-01T00:00:00Z';
      return services;
    });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(questions).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2000);
    expect(questions).toHaveLength(4);
  });

  it.each<[string, ServerAnswer, ServerAnswer]>([
    ['announces none', el('query', { xmlns: NS.discoInfo }), undefined],
    ['tells nothing of itself', stanzaError('service-unavailable'), undefined],
    ['refuses', announced, stanzaError('forbidden')],
    ['answers something else', announced, undefined],
    ['has none', announced, el('services', { xmlns: NS.externalServices })],
  ])('are none where the domain %s', async (_, info, services) => {
    domain(
      () => services,
      () => info,
    );
    expect(await subject.current()).toEqual([]);
    await vi.advanceTimersByTimeAsync(hour);
    expect(questions.length).toBeLessThanOrEqual(2);
  });

  it('keep nobody waiting for more than three seconds, and are there once the server answers', async () => {
    let answer: ServerAnswer = 'silence';
    domain(() => answer);
    let list: readonly RTCIceServer[] | undefined;
    void subject.current().then((servers) => (list = servers));
    await vi.advanceTimersByTimeAsync(2900);
    expect(list).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(list).toEqual([]);
    answer = turn();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await users()).toHaveLength(1);
  });

  it('are asked for anew in a new session, and by that one alone', async () => {
    domain(turn);
    await users();
    await vi.advanceTimersByTimeAsync(60_000);
    subject.start();
    expect(await users()).toEqual(['at 1 min']);
    await vi.advanceTimersByTimeAsync(0.81 * hour);
    expect(questions).toHaveLength(6);
  });

  it('come no more after the end', async () => {
    domain(turn);
    subject.stop();
    expect(await subject.current()).toEqual([]);
  });
});
