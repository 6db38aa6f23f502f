import { describe, expect, it } from 'vitest';

import { PacketCache } from './packet-cache.js';

const packet = (content: string): Buffer => Buffer.from(content);

describe('a packet cache', () => {
  it('keeps packets as they are when they come, whatever is written into them afterwards', () => {
    const cache = new PacketCache();
    const sent = packet('first');
    cache.insert(7, sent, 0);
    sent.fill('x');
    expect(cache.get(7, 0)?.toString()).toBe('first');
  });

  it('keeps the last 512 of a stream, each under its own number', () => {
    const cache = new PacketCache();
    for (let sequence = 65_000; sequence < 65_000 + 600; sequence++)
      cache.insert(sequence & 0xffff, packet(`packet ${sequence & 0xffff}`), 0);
    for (let back = 1; back <= 512; back++) {
      const sequence = (65_600 - back) & 0xffff;
      expect(cache.get(sequence, 0)?.toString()).toBe(`packet ${sequence}`);
    }
    expect(cache.get(65_000 + 600 - 513, 0)).toBeUndefined();
  });

  it('does not give out the rest of a longer packet that had the place before', () => {
    const cache = new PacketCache();
    cache.insert(3, packet('a long packet of somebody'), 0);
    cache.insert(3 + 512, packet('short'), 1);
    expect(cache.get(3 + 512, 1)?.toString()).toBe('short');
    expect(cache.get(3, 1)).toBeUndefined();
  });

  it('forgets what a decoder has no use for any more after three seconds', () => {
    const cache = new PacketCache();
    cache.insert(1, packet('old'), 0);
    expect(cache.get(1, 3000)?.toString()).toBe('old');
    expect(cache.get(1, 3001)).toBeUndefined();
  });

  it('does not keep what is longer than a datagram of Ethernet', () => {
    const cache = new PacketCache();
    cache.insert(1, Buffer.alloc(1501), 0);
    expect(cache.get(1, 0)).toBeUndefined();
    cache.insert(1, Buffer.alloc(1500, 1), 0);
    expect(cache.get(1, 0)).toHaveLength(1500);
  });
});
