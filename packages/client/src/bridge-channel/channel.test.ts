import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BridgeChannel, bridgeRoute } from './channel.js';

class FakeWebSocket extends EventTarget {
  readonly sent: string[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  fire(type: 'open' | 'close') {
    this.dispatchEvent(new Event(type));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const open = () => {
  const sockets: FakeWebSocket[] = [];
  const channel = new BridgeChannel({
    route: { kind: 'web-socket', url: 'wss://meet.example/colibri-ws/x' },
    openWebSocket: (url) => {
      const socket = new FakeWebSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    greeting: () => [{ colibriClass: 'ReceiverVideoConstraints', lastN: -1 }],
    onMessage: () => undefined,
    random: () => 0.5,
  });
  return { channel, sockets };
};

describe('the channel to the bridge', () => {
  it('greets each time it opens, and opens again after 1, 2, 4 … seconds at the same address', async () => {
    const { channel, sockets } = open();
    channel.send({ colibriClass: 'ClientHello' });
    sockets[0]!.fire('open');
    expect(sockets[0]!.sent.map((text) => JSON.parse(text) as unknown)).toEqual([
      { colibriClass: 'ReceiverVideoConstraints', lastN: -1 },
    ]);
    for (const [index, seconds] of [1, 2, 4].entries()) {
      sockets[index]!.fire('close');
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 10);
      expect(sockets).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(20);
      expect(sockets).toHaveLength(index + 2);
    }
    sockets[3]!.fire('open');
    expect(sockets[3]!.sent).toHaveLength(1);
    expect(new Set(sockets.map(({ url }) => url)).size).toBe(1);
  });

  it('stays closed once it was closed', async () => {
    const { channel, sockets } = open();
    sockets[0]!.fire('open');
    channel.close();
    sockets[0]!.fire('close');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]!.closed).toBe(true);
  });

  it('closed before it opened, closes when it opens', () => {
    const { channel, sockets } = open();
    channel.close();
    sockets[0]!.fire('open');
    expect(sockets[0]).toMatchObject({ closed: true, sent: [] });
  });
});

describe('the route to the bridge', () => {
  const data = {} as RTCDataChannel;
  it.each([
    [data, ['wss://a/'], { kind: 'data-channel', channel: data }],
    [undefined, ['javascript:x', 'wss://a/', 'wss://b/'], { kind: 'web-socket', url: 'wss://a/' }],
    [undefined, [], undefined],
  ] as const)('is the data channel, else the first web socket', (channel, urls, route) => {
    expect(bridgeRoute(channel, urls)).toEqual(route);
  });
});
