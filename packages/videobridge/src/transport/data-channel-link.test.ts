import type { DataChannel } from 'node-datachannel';
import pino from 'pino';
import { expect, it } from 'vitest';

import { DataChannelLink } from './data-channel-link.js';

/** A channel of which so many octets wait. */
function linkWith(buffered: () => number): {
  link: DataChannelLink;
  sent: string[];
  say: (data: unknown) => void;
} {
  const sent: string[] = [];
  let say: (data: unknown) => void = () => undefined;
  const channel = {
    getLabel: () => 'label',
    getProtocol: () => '',
    onMessage: (listener: typeof say) => (say = listener),
    onClosed: () => undefined,
    onError: () => undefined,
    isOpen: () => true,
    bufferedAmount: buffered,
    sendMessage: (text: string) => sent.push(text) > 0,
    close: () => undefined,
  };
  const link = new DataChannelLink(
    channel as unknown as DataChannel,
    pino({ level: 'silent' }),
    () => undefined,
  );
  return { link, sent, say: (data) => say(data) };
}

it('drops messages for a client that does not read, and goes on when it does', () => {
  let buffered = 0;
  const { link, sent } = linkWith(() => buffered);
  expect(link.send('1')).toBe(true);
  buffered = 2_000_000;
  expect(link.send('2')).toBe(false);
  buffered = 1000;
  expect(link.send('3')).toBe(true);
  expect(sent).toEqual(['1', '3']);
});

it('hears text alone, and nothing that a listener throws', () => {
  const { link, say } = linkWith(() => 0);
  const heard: string[] = [];
  link.listen({
    onText: (text) => {
      heard.push(text);
      throw new Error('a mistake of ours');
    },
    onClosed: () => undefined,
  });
  for (const data of ['a', Buffer.from('b'), new ArrayBuffer(1), 'c']) say(data);
  expect(heard).toEqual(['a', 'c']);
});
