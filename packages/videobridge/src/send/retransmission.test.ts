import { describe, expect, it } from 'vitest';

import { NO_EXTENSIONS } from '../rtp/rtp-packet.js';
import { Egress } from './egress.js';
import { PacketCache } from './packet-cache.js';
import { Retransmission, type RtxStream } from './retransmission.js';

const RTX: RtxStream = { ssrc: 99, payloadTypeFor: (original) => (original === 100 ? 96 : undefined) };

function packet(sequence: number, length = 4): Buffer {
  const made = Buffer.alloc(12 + length, sequence & 0xff);
  made.writeUInt8(0x80, 0);
  made.writeUInt8(0x80 | 100, 1);
  made.writeUInt16BE(sequence, 2);
  made.writeUInt32BE(42, 8);
  return made;
}

function arrange(rtx: RtxStream | undefined = RTX) {
  const sent: Buffer[] = [];
  const cache = new PacketCache();
  const egress = new Egress({ send: (each) => sent.push(Buffer.from(each)) > 0 });
  return {
    sent,
    cache,
    retransmission: new Retransmission(cache, rtx, egress, { extensions: NO_EXTENSIONS }),
  };
}

describe('retransmission', () => {
  it('repeats a packet as RTX (RFC 4588): own SSRC, type and numbers, the original number first', () => {
    const { sent, cache, retransmission } = arrange();
    cache.insert(500, packet(500), 0);
    cache.insert(501, packet(501), 0);
    expect(retransmission.nack([500, 501], 10, undefined)).toBe(2);
    const [first, second] = sent as [Buffer, Buffer];
    expect(first.readUInt8(1)).toBe(0x80 | 96);
    expect([first.readUInt16BE(2), second.readUInt16BE(2)]).toEqual([1, 2]);
    expect(first.readUInt32BE(8)).toBe(99);
    expect(first.readUInt16BE(12)).toBe(500);
    expect(first.subarray(14)).toEqual(packet(500).subarray(12));
  });

  it('repeats it as it is where there is no RTX', () => {
    const { sent, cache } = arrange();
    const egress = new Egress({ send: (each) => sent.push(Buffer.from(each)) > 0 });
    const plain = new Retransmission(cache, undefined, egress, { extensions: NO_EXTENSIONS });
    cache.insert(500, packet(500), 0);
    plain.nack([500], 10, undefined);
    expect(sent).toEqual([packet(500)]);
  });

  it('does not repeat what is on its way already', () => {
    const { cache, retransmission } = arrange();
    cache.insert(500, packet(500), 0);
    const answered = [0, 50, 94, 95, 200].map((now) => retransmission.nack([500], now, 100));
    expect(answered).toEqual([1, 0, 1, 0, 1]);
  });

  it('knows neither packets it never had nor old ones', () => {
    const { cache, retransmission } = arrange();
    cache.insert(500, packet(500), 0);
    expect(retransmission.nack([499, 501, 500 + 512], 10, undefined)).toBe(0);
    expect(retransmission.nack([500], 3001, undefined)).toBe(0);
  });

  it('keeps the newest of packets that share a slot', () => {
    const { sent, cache, retransmission } = arrange();
    cache.insert(500, packet(500), 0);
    cache.insert(500 + 512, packet(1012), 1);
    retransmission.nack([500, 1012], 10, undefined);
    expect(sent.map((each) => each.readUInt16BE(12))).toEqual([1012]);
  });

  it('is bounded for a receiver that asks for everything all the time', () => {
    const { cache, retransmission } = arrange();
    const all = Array.from({ length: 512 }, (_, sequence) => sequence);
    for (const sequence of all) cache.insert(sequence, packet(sequence), 0);
    let answered = 0;
    for (let now = 0; now < 1000; now += 25) answered += retransmission.nack(all, now, undefined);
    expect(answered).toBeLessThanOrEqual(4000);
  });
});
