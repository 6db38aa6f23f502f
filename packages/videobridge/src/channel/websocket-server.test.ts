import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';

import { Bridge } from '../conference/bridge.js';
import type { Conference } from '../conference/conference.js';
import type { Endpoint } from '../conference/endpoint.js';
import { videoSource } from '../conference/meeting.testing.js';
import { ColibriWebSocketServer } from './websocket-server.js';

let bridge: Bridge;
let http: Server;
let server: ColibriWebSocketServer;
let conference: Conference;
let alice: Endpoint;
let bob: Endpoint;
const sockets: WebSocket[] = [];
/** The bridge's side of the last connection. */
let accepted: Duplex;
const waiting = (): number => accepted.writableLength;

beforeEach(async () => {
  const log = pino({ level: 'silent' });
  bridge = await Bridge.open(
    { media: { port: 0, advertisedAddresses: ['127.0.0.1'], includeLoopback: true } },
    log,
  );
  conference = bridge.createConference('meeting', undefined);
  [alice, bob] = [
    conference.createEndpoint('alice', { dataChannels: false }),
    conference.createEndpoint('bob', { dataChannels: false }),
  ];
  conference.setSources(alice, [videoSource('alice', 1, 2)]);
  http = createServer();
  http.on('upgrade', (request, socket, head) => {
    accepted = socket;
    server.handleUpgrade(request, socket, head);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server = new ColibriWebSocketServer(
    bridge,
    'jvb 1',
    `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    log,
  );
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
  server.close();
  http.close();
  bridge.close();
});

/** A client and a function that answers its next message. */
function client(url: string): { socket: WebSocket; next: () => Promise<Record<string, unknown>> } {
  const socket = new WebSocket(url);
  sockets.push(socket);
  const messages: Record<string, unknown>[] = [];
  let wake = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as Record<string, unknown>);
    wake();
  });
  const next = async (): Promise<Record<string, unknown>> => {
    while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return messages.shift()!;
  };
  return { socket, next };
}

async function refusal(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

const url = (endpoint: Endpoint): string => server.urls(conference, endpoint)[0]!;

describe('the bridge channel over WebSocket', () => {
  it('greets first, then tells the present state', async () => {
    const { next } = client(url(alice));
    expect(await next()).toEqual({ colibriClass: 'ServerHello' });
    expect(await next()).toEqual({ colibriClass: 'ForwardedSources', forwardedSources: [] });
  });

  it('carries messages between endpoints, to one or to all others', async () => {
    const [a, b] = [client(url(alice)), client(url(bob))];
    for (let greeting = 0; greeting < 2; greeting++) await a.next();
    for (let greeting = 0; greeting < 2; greeting++) await b.next();
    a.socket.send(JSON.stringify({ colibriClass: 'EndpointMessage', to: 'bob', msgPayload: { n: 1 } }));
    expect(await b.next()).toMatchObject({ from: 'alice', msgPayload: { n: 1 } });
    b.socket.send(JSON.stringify({ colibriClass: 'EndpointMessage', to: '', msgPayload: { n: 2 } }));
    expect(await a.next()).toMatchObject({ from: 'bob', msgPayload: { n: 2 } });
  });

  it('replaces an earlier socket of the endpoint', async () => {
    const first = client(url(alice));
    await first.next();
    const closed = once(first.socket, 'close');
    const second = client(url(alice));
    await second.next();
    expect((await closed)[0]).toBe(1000);
    expect(alice.channel.open).toBe(true);
  });

  it('says that it goes away when the endpoint is expired', async () => {
    const { socket, next } = client(url(alice));
    await next();
    conference.expireEndpoint('alice', 'test');
    expect((await once(socket, 'close'))[0]).toBe(1001);
  });

  it('counts how it ended: as clients close, or not, or by an error on the way; not what was replaced', async () => {
    const ends: [string, (socket: WebSocket) => void][] = [
      ['done', (socket) => socket.close(1000)],
      ['a tab that is closed', (socket) => socket.close(1001)],
      ['no code', (socket) => socket.close()],
      ['lost', (socket) => socket.terminate()],
      ['an error of the client', (socket) => socket.close(4000)],
      ['too much', (socket) => socket.send('x'.repeat(bridge.limits.channelMessageLength * 4 + 1))],
    ];
    const { totals } = bridge;
    for (const [index, [, end]] of ends.entries()) {
      const first = client(url(alice));
      await first.next();
      const second = client(url(alice));
      await second.next();
      end(second.socket);
      await expect
        .poll(() => totals.webSocketsClosedNormally + totals.webSocketsClosedAbnormally)
        .toBe(index + 1);
    }
    expect(totals).toMatchObject({
      webSocketsClosedNormally: 3,
      webSocketsClosedAbnormally: 3,
      webSocketErrors: 1,
    });
  });

  it('has no ear for an endpoint that has been expired, though its client does not hang up', async () => {
    const [a, b] = [client(url(alice)), client(url(bob))];
    for (let greeting = 0; greeting < 2; greeting++) await a.next();
    for (let greeting = 0; greeting < 2; greeting++) await b.next();
    const say = (n: number): void =>
      a.socket.send(JSON.stringify({ colibriClass: 'EndpointMessage', to: '', msgPayload: { n } }));
    say(1);
    expect(await b.next()).toMatchObject({ msgPayload: { n: 1 } });
    // Frames that are under way when the endpoint is expired arrive all the same.
    say(2);
    conference.expireEndpoint('alice', 'test');
    await once(a.socket, 'close');
    bob.channel.send({ colibriClass: 'ServerHello' });
    expect(await b.next()).toEqual({ colibriClass: 'ServerHello' });
  });

  it('takes messages that make no sense for nothing, however deep they are', async () => {
    const { socket, next } = client(url(alice));
    for (let greeting = 0; greeting < 2; greeting++) await next();
    const deep = `${'['.repeat(8000)}${']'.repeat(8000)}`;
    for (const text of ['{', `{"colibriClass":"EndpointMessage","msgPayload":{"x":${deep}}}`, deep])
      socket.send(text);
    socket.send(JSON.stringify({ colibriClass: 'ClientHello' }));
    expect(await next()).toEqual({ colibriClass: 'ServerHello' });
    expect(alice.channel.refused).toBe(3);
  });

  it('closes a connection that brings more than any message is long, and the endpoint may come again', async () => {
    const { socket, next } = client(url(alice));
    await next();
    socket.send('x'.repeat(bridge.limits.channelMessageLength * 4 + 1));
    expect((await once(socket, 'close'))[0]).toBe(1009);
    expect(await client(url(alice)).next()).toEqual({ colibriClass: 'ServerHello' });
  });

  it('hears text alone', async () => {
    const { socket, next } = client(url(alice));
    for (let greeting = 0; greeting < 2; greeting++) await next();
    socket.send(Buffer.from('{"colibriClass":"ClientHello"}'));
    socket.send('{"colibriClass":"LastNChangedEvent","lastN":1}');
    socket.send('{"colibriClass":"ClientHello"}');
    expect(await next()).toEqual({ colibriClass: 'ServerHello' });
    expect(alice.channel.received).toBe(2);
  });

  it('gives up a client that does not answer its pings', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const patient = new ColibriWebSocketServer(bridge, 'jvb 1', url(alice), pino({ level: 'silent' }));
    http.removeAllListeners('upgrade');
    http.on('upgrade', (request, socket, head) => patient.handleUpgrade(request, socket, head));
    const silent = new WebSocket(url(alice), { autoPong: false });
    sockets.push(silent);
    await once(silent, 'open');
    const pinged = once(silent, 'ping');
    vi.advanceTimersByTime(15_000);
    await pinged;
    const gone = once(silent, 'close');
    vi.advanceTimersByTime(15_000);
    expect((await gone)[0]).toBe(1006);
    vi.useRealTimers();
    patient.close();
  });

  it('keeps little of what waits for a client that does not read', async () => {
    const { socket, next } = client(url(alice));
    await next();
    socket.pause();
    const text = 'x'.repeat(100_000);
    for (let round = 0; round < 300; round++) {
      alice.channel.sendText(text);
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(waiting()).toBeGreaterThan(500_000);
    expect(waiting()).toBeLessThan(1_300_000);
    expect(alice.channel.sendText(text)).toBe(false);
  });

  it('hangs up on a client that pings and does not read the answers', async () => {
    const { hostname, port, pathname, search } = new URL(url(alice));
    const raw = connect(Number(port), hostname);
    raw.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await once(raw, 'data');
    raw.pause();
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 8000 }, () => ping));
    raw.on('error', () => undefined);
    const closed = once(accepted, 'close');
    const flood = setInterval(() => raw.write(pings), 1);
    await closed;
    clearInterval(flood);
    expect(waiting()).toBeLessThan(1_300_000);
    raw.destroy();
  });

  it.each<[string, number, (good: string) => string]>([
    ['another path', 404, (good) => good.replace('colibri-ws', 'colibri')],
    ['another server', 404, (good) => good.replace('jvb%201', 'jvb2')],
    ['a malformed escape', 404, (good) => good.replace('jvb%201', '%zz')],
    ['no password', 404, (good) => good.replace(/\?.*/, '')],
    ['another conference', 403, (good) => good.replace(conference.localId, 'f'.repeat(16))],
    ['the token of another endpoint', 403, (good) => good.replace(alice.token, bob.token)],
    ['an unknown endpoint', 403, (good) => good.replace('/alice', '/carol')],
  ])('refuses %s', async (_, status, change) => {
    expect(await refusal(change(url(alice)))).toBe(status);
    expect(alice.channel.open).toBe(false);
  });

  it('offers no URL where it cannot be reached', () => {
    const unreachable = new ColibriWebSocketServer(bridge, 'jvb1', undefined, pino({ level: 'silent' }));
    expect(unreachable.urls(conference, alice)).toEqual([]);
    unreachable.close();
  });
});
