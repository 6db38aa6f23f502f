import { expect, it } from 'vitest';

import { ChannelWait } from './channel-wait.js';

const peer = (connected: boolean, open: boolean) => ({ connected, channel: { open } });

it('is over once, half a minute after a peer has connected that has no channel', () => {
  const wait = new ChannelWait();
  expect(wait.isOver(peer(false, false), 0)).toBe(false);
  expect(wait.isOver(peer(true, false), 40_000)).toBe(false);
  expect(wait.isOver(peer(true, false), 69_999)).toBe(false);
  expect(wait.isOver(peer(true, false), 70_000)).toBe(true);
  expect(wait.isOver(peer(true, false), 200_000)).toBe(false);
});

it('is never over for one that has had a channel, nor for one that never connects', () => {
  const wait = new ChannelWait();
  expect(wait.isOver(peer(true, true), 0)).toBe(false);
  expect(wait.isOver(peer(true, false), 100_000)).toBe(false);
  expect(new ChannelWait().isOver(peer(false, false), 100_000)).toBe(false);
});
