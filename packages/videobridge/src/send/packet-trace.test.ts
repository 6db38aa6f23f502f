import { describe, expect, it } from 'vitest';

import { buildNack, buildPli } from '../rtp/rtcp-builders.js';
import { PacketTrace } from './packet-trace.js';

const SECRET = 'what was said';
function rtp(sequence: number): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), Buffer.from(SECRET)]);
  packet[0] = 0x80;
  packet[1] = 0x80 | 96;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(9000, 4);
  packet.writeUInt32BE(4711, 8);
  return packet;
}

const trace = (capacity: number): PacketTrace => new PacketTrace(1000, 5000, capacity, () => 2000);

describe('a trace of packets', () => {
  it('holds headers and nothing that was said', () => {
    const headers = trace(10);
    headers.note('in', rtp(7), 1010.04);
    expect(headers.packets).toEqual([
      {
        at: 10,
        direction: 'in',
        size: 12 + SECRET.length,
        ssrc: 4711,
        payloadType: 96,
        sequence: 7,
        timestamp: 9000,
        marker: true,
      },
    ]);
    expect(JSON.stringify(headers.packets)).not.toContain('said');
  });

  it('names the parts of RTCP, and what they are about', () => {
    const headers = trace(10);
    headers.note('out', Buffer.concat([buildPli(1, 4711), buildNack(1, 4712, [5, 6])]), undefined);
    expect(headers.packets).toMatchObject([{ at: 1000, direction: 'out', rtcp: ['PLI 4711', 'NACK 4712'] }]);
  });

  it('holds the last packets only, and counts all', () => {
    const headers = trace(3);
    for (let sequence = 1; sequence <= 5; sequence++) headers.note('in', rtp(sequence), 1000 + sequence);
    expect(headers.packets.map((packet) => 'sequence' in packet && packet.sequence)).toEqual([3, 4, 5]);
    expect(headers.total).toBe(5);
  });

  it('ends in time, and takes no notice of what is no packet', () => {
    const headers = trace(3);
    headers.note('in', rtp(1), 5001);
    for (const scrap of [Buffer.alloc(0), Buffer.from([0x80]), rtp(1).subarray(0, 11)])
      headers.note('in', scrap, 2000);
    // RTCP whose length leads nowhere ends what is read of it.
    headers.note('in', Buffer.from([0x80, 200, 0xff, 0xff, 0, 0, 0, 1]), 2000);
    expect(headers.packets).toMatchObject([{ rtcp: ['SR'] }]);
  });
});
