import type { BridgeMessage, EndpointMessage, EndpointStats } from '@conclave/signaling';
import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';

import { type ChannelLink, EndpointChannel, type Wish } from './endpoint-channel.js';

class Link implements ChannelLink {
  readonly sent: unknown[] = [];
  closed = false;
  send(text: string): boolean {
    this.sent.push(JSON.parse(text));
    return !this.closed;
  }
  close(): void {
    this.closed = true;
  }
}

const usual = { channelMessageLength: 1000, channelMessagesPerSecond: 10 };
const state: BridgeMessage = { colibriClass: 'ForwardedSources', forwardedSources: ['b-v0'] };

let limits: typeof usual;
let now: number;
let relayed: (EndpointMessage | EndpointStats)[];
let wishes: [string, Wish][];
let channel: EndpointChannel;
let link: Link;

beforeEach(() => {
  limits = { ...usual };
  now = 1000;
  relayed = [];
  wishes = [];
  const host = {
    channelState: () => [state],
    relay: (message: EndpointMessage | EndpointStats) => relayed.push(message),
    wish: (endpoint: string, message: Wish) => wishes.push([endpoint, message]),
  };
  channel = new EndpointChannel('a', host, limits, () => now, pino({ level: 'silent' }));
  link = new Link();
  channel.attach(link);
});

const say = (message: unknown, over = link): void => channel.receive(JSON.stringify(message), over);

describe('a bridge channel', () => {
  it('tells the present state when it opens', () => {
    expect(link.sent).toEqual([state]);
  });

  it('answers a hello where it came from', () => {
    const other = new Link();
    channel.attach(other);
    say({ colibriClass: 'ClientHello' });
    expect(link.sent.at(-1)).toEqual({ colibriClass: 'ServerHello' });
  });

  it('uses the link that was last heard of, and another when that is gone', () => {
    const other = new Link();
    channel.attach(other);
    say({ colibriClass: 'ReceiverVideoConstraints', lastN: 3 });
    channel.send(state);
    expect([link.sent.length, other.sent.length]).toEqual([2, 1]);
    channel.detach(link);
    expect(channel.send(state)).toBe(true);
    expect(other.sent).toHaveLength(2);
    channel.detach(other);
    expect(channel.send(state)).toBe(false);
  });

  it('relays messages with their true sender', () => {
    say({ colibriClass: 'EndpointMessage', to: 'b', from: 'mallory', msgPayload: { hello: 1 } });
    say({ colibriClass: 'EndpointMessage', to: '', type: 'x', topic: { from: 'b' } });
    say({ colibriClass: 'EndpointStats', from: 'mallory', bitrate: { upload: 3 } });
    expect(relayed).toEqual([
      { colibriClass: 'EndpointMessage', to: 'b', from: 'a', msgPayload: { hello: 1 } },
      { colibriClass: 'EndpointMessage', to: '', from: 'a', others: { type: 'x', topic: { from: 'b' } } },
      { colibriClass: 'EndpointStats', from: 'a', stats: { bitrate: { upload: 3 } } },
    ]);
  });

  it('hands on what the client wants and what it sends', () => {
    const said = [
      { colibriClass: 'ReceiverVideoConstraints', lastN: 5, defaultConstraints: { maxHeight: 180 } },
      { colibriClass: 'LastNChangedEvent', lastN: 2 },
      { colibriClass: 'ReceiverAudioSubscription', all: true, include: [], exclude: ['b-a0'] },
      { colibriClass: 'SourceVideoTypeMessage', sourceName: 'a-v0', videoType: 'desktop' },
    ];
    for (const message of said) say(message);
    expect(wishes).toEqual(said.map((message) => ['a', message]));
  });

  it('takes what older clients say of their video for what it says of the first', () => {
    say({ colibriClass: 'VideoTypeMessage', videoType: 'DESKTOP' });
    expect(wishes).toEqual([
      ['a', { colibriClass: 'SourceVideoTypeMessage', sourceName: 'a-v0', videoType: 'desktop' }],
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['no class', '{}'],
    ['an unknown class', '{"colibriClass":"Nonsense"}'],
    ['a class of Object.prototype', '{"colibriClass":"toString"}'],
    ['a field of the wrong type', '{"colibriClass":"ReceiverVideoConstraints","lastN":"many"}'],
    ['an absurd number', '{"colibriClass":"ReceiverVideoConstraints","lastN":1e300}'],
    ['deep nesting', `${'['.repeat(400)}${']'.repeat(400)}`],
    [
      'too long a message',
      JSON.stringify({ colibriClass: 'EndpointMessage', msgPayload: { x: 'y'.repeat(1000) } }),
    ],
  ])('ignores %s and counts it', (_, text) => {
    channel.receive(text, link);
    expect(channel.refused).toBe(1);
    expect(relayed).toEqual([]);
  });

  it('ignores what comes too fast', () => {
    for (let index = 0; index < 30; index++)
      say({ colibriClass: 'EndpointMessage', to: '', msgPayload: { index } });
    expect(relayed).toHaveLength(10);
    now += 500;
    for (let index = 0; index < 30; index++)
      say({ colibriClass: 'EndpointMessage', to: '', msgPayload: { index } });
    expect(relayed).toHaveLength(15);
    expect(channel.refused).toBe(45);
  });

  it('counts what is long for several, since everybody may be sent it', () => {
    const long = { colibriClass: 'EndpointMessage', to: '', msgPayload: { x: 'y'.repeat(9000) } };
    limits.channelMessageLength = 16_384;
    for (let index = 0; index < 30; index++) say(long);
    expect(relayed).toHaveLength(2);
  });

  it('closes its links when the endpoint ends', () => {
    channel.close();
    expect(link.closed).toBe(true);
    expect(channel.send(state)).toBe(false);
  });

  it('has no ear for an endpoint that has ended, nor for a link that was replaced', () => {
    const late = new Link();
    channel.detach(link);
    say({ colibriClass: 'EndpointMessage', to: '', msgPayload: { still: 'here' } });
    channel.attach(late);
    channel.close();
    say({ colibriClass: 'EndpointMessage', to: '', msgPayload: { still: 'here' } }, late);
    expect(relayed).toEqual([]);
    const later = new Link();
    channel.attach(later);
    expect([later.closed, later.sent, channel.open]).toEqual([true, [], false]);
  });
});
