import type { BridgeMessage } from '@conclave/signaling';
import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';

import type { DataChannelEvents, DataChannelLink } from '../transport/data-channel-link.js';
import { LinkChannel } from './link-channel.js';

let heard: BridgeMessage[];
let said: string[];
let events: DataChannelEvents;
let channel: LinkChannel;

beforeEach(() => {
  [heard, said] = [[], []];
  channel = new LinkChannel(
    1000,
    { opened: () => undefined, message: (message) => heard.push(message) },
    pino({ level: 'silent' }),
  );
  const link: Pick<DataChannelLink, 'listen' | 'send' | 'close'> = {
    listen: (listener) => (events = listener),
    send: (text) => said.push(text) > 0,
    close: () => undefined,
  };
  channel.attach(link as DataChannelLink);
});

describe('the channel between two bridges', () => {
  it('answers a hello, and hands on what is said', () => {
    events.onText('{"colibriClass":"ClientHello"}');
    expect(said).toEqual(['{"colibriClass":"ServerHello"}']);
    events.onText('{"colibriClass":"EndpointMessage","from":"a","msgPayload":{}}');
    expect(heard).toMatchObject([{ from: 'a' }]);
  });

  it.each([
    ['no JSON', '{'],
    ['unknown', '{"colibriClass":"Nonsense"}'],
    ['too long', JSON.stringify({ colibriClass: 'ServerHello', version: 'x'.repeat(1000) })],
    [
      'too deep',
      `{"colibriClass":"EndpointMessage","msgPayload":{"x":${'['.repeat(200)}${']'.repeat(200)}}}`,
    ],
  ])('ignores what is %s, and counts it', (_, text) => {
    events.onText(text);
    expect([heard, channel.refused]).toEqual([[], 1]);
  });

  it('says nothing any more when it is lost', () => {
    events.onClosed();
    expect([channel.open, channel.sendText('x'), said]).toEqual([false, false, []]);
  });
});
