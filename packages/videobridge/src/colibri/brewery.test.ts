import { EventEmitter } from 'node:events';

import {
  type Element,
  attribute,
  decodeBridgeStats,
  el,
  encodeConferenceModify,
  isStanzaError,
  NS,
} from '@conclave/signaling';
import type {
  ConnectionEvents,
  IqAnswer,
  IqHandler,
  IqMatch,
  XmppConnection,
} from '@conclave/xmpp-connection';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Bridge } from '../conference/bridge.js';
import { MEDIA } from '../conference/meeting.testing.js';
import { Brewery } from './brewery.js';
import { NO_RATES } from '../operation/rates.js';
import { bridgeStatistics } from './stats.js';

const ROOM = 'jvbbrewery@internal.auth.example';

/** A connection whose other end is the test. */
class ScriptedConnection implements XmppConnection {
  readonly jid = 'jvb@auth.example/r';
  readonly online = true;
  readonly sent: Element[] = [];
  readonly #events = new EventEmitter();
  readonly #handlers: { match: IqMatch; handler: IqHandler }[] = [];

  send(stanza: Element): void {
    this.sent.push(stanza);
  }
  request(): Promise<never> {
    throw new Error('not used');
  }
  handleIq(match: IqMatch, handler: IqHandler): () => void {
    this.#handlers.push({ match, handler });
    return () => undefined;
  }
  on<E extends keyof ConnectionEvents>(
    event: E,
    listener: (payload: ConnectionEvents[E]) => void,
  ): () => void {
    this.#events.on(event, listener);
    return () => this.#events.off(event, listener);
  }
  onStanzaFrom(bareJid: string, listener: (stanza: Element) => void): () => void {
    this.#events.on(bareJid, listener);
    return () => this.#events.off(bareJid, listener);
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }

  abandon(): void {
    return;
  }

  presence(nick: string, realJid: string, ...status: number[]): void {
    const item = el('item', { affiliation: 'member', role: 'participant', jid: realJid });
    const codes = status.map((code) => el('status', { code }));
    const user = el('x', { xmlns: NS.mucUser }, item, codes);
    this.#events.emit(ROOM, el('presence', { from: `${ROOM}/${nick}` }, user));
  }

  async ask(from: string, payload: Element): Promise<IqAnswer> {
    const found = this.#handlers.find(({ match }) => payload.is(match.name, match.xmlns));
    return await found!.handler(el('iq', { type: 'get', from, id: 'x' }, payload));
  }
}

let bridge: Bridge;
let connection: ScriptedConnection;
let brewery: Brewery;
/** What ails the bridge; undefined: nothing. */
let ailing: string | undefined;

beforeEach(async () => {
  const log = pino({ level: 'silent' });
  bridge = await Bridge.open(
    { media: { port: 0, advertisedAddresses: ['127.0.0.1'], includeLoopback: true } },
    log,
  );
  connection = new ScriptedConnection();
  ailing = undefined;
  const health = () => (ailing === undefined ? { healthy: true } : { healthy: false, reason: ailing });
  const statistics = () =>
    bridgeStatistics(bridge, {
      stress: 0.25,
      steal: 0,
      rates: NO_RATES,
      relayRates: NO_RATES,
      inBrewery: true,
      connected: true,
      disconnects: 0,
      now: 0,
      region: 'eu',
      lifecycle: 'running',
      draining: false,
      ...health(),
    });
  const options = {
    room: ROOM,
    nick: 'jvb1',
    focus: 'focus@auth.example',
    webSocketUrls: () => [],
    statistics,
    health,
  };
  brewery = new Brewery(connection, bridge, options, log);
  connection.presence('focus', 'focus@auth.example/f1');
  connection.presence('mallory', 'mallory@auth.example/m');
  connection.presence('jvb1', 'jvb@auth.example/r', 110);
  await new Promise(setImmediate);
});

afterEach(() => {
  brewery.close();
  bridge.close();
});

const request = encodeConferenceModify({
  meetingId: 'm1',
  create: true,
  endpoints: [
    { id: 'a', create: true, media: MEDIA, transport: { sctp: {} }, capabilities: ['source-names'] },
  ],
});

describe('a bridge in the brewery', () => {
  it('tells its load with its presence', () => {
    const joined = connection.sent[0]!;
    expect(attribute(joined, 'to')).toBe(`${ROOM}/jvb1`);
    expect(decodeBridgeStats(joined)).toMatchObject({
      stress_level: '0.250',
      healthy: 'true',
      graceful_shutdown: 'false',
      region: 'eu',
      version: '0.1.0',
    });
  });

  it('does what the focus asks', async () => {
    const answer = await connection.ask(`${ROOM}/focus`, request);
    expect(isStanzaError(answer)).toBe(false);
    expect((answer as Element).is('conference-modified', NS.colibri2)).toBe(true);
    expect(bridge.endpoints.map(({ id }) => id)).toEqual(['a']);
  });

  it.each([
    ['another occupant', `${ROOM}/mallory`],
    ['someone who is not in the room', `${ROOM}/nobody`],
    ['another room', 'other@internal.auth.example/focus'],
    ['the focus from outside of the room', 'focus@auth.example/f1'],
  ])('does nothing for %s', async (_, from) => {
    const payloads = [
      request,
      el('healthcheck', { xmlns: NS.healthcheck }),
      el('query', { xmlns: NS.version }),
    ];
    for (const payload of payloads) {
      expect(await connection.ask(from, payload)).toMatchObject({ condition: 'forbidden' });
    }
    expect(bridge.conferences.size).toBe(0);
  });

  it('fails a health check while something ails it', async () => {
    ailing = 'the event loop is stuck';
    const answer = await connection.ask(`${ROOM}/focus`, el('healthcheck', { xmlns: NS.healthcheck }));
    expect(answer).toMatchObject({ condition: 'internal-server-error' });
  });

  it('answers health checks and its version', async () => {
    expect(
      await connection.ask(`${ROOM}/focus`, el('healthcheck', { xmlns: NS.healthcheck })),
    ).toBeUndefined();
    const version = await connection.ask(`${ROOM}/focus`, el('query', { xmlns: NS.version }));
    expect((version as Element).getChildText('name')).toBe('Conclave videobridge');
  });

  it('refuses a malformed request', async () => {
    const malformed = el('conference-modify', { xmlns: NS.colibri2 });
    await expect(connection.ask(`${ROOM}/focus`, malformed)).rejects.toThrow('meeting-id');
  });

  it('leaves when it closes', () => {
    brewery.close();
    expect(connection.sent.at(-1)!.attrs).toMatchObject({ type: 'unavailable', to: `${ROOM}/jvb1` });
  });
});
