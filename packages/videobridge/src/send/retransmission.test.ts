import { describe, expect, it } from 'vitest';

import { NO_EXTENSIONS } from '../rtp/rtp-packet.js';
import { videoFrame } from '../rtp/video-frame.js';
import { Egress } from './egress.js';
import { PacketCache } from './packet-cache.js';
import { Retransmission, type SentStream } from './retransmission.js';
import { SentLog } from './sent-log.js';

const RTX: SentStream = {
  ssrc: 42,
  rtx: 99,
  rtxPayloadType: (original) => (original === 100 ? 96 : undefined),
};
/** Packets were sent under numbers so much above those that they came with. */
const SHIFT = 1000;

/** As it came: number, timestamp and SSRC of the sender, a VP8 descriptor with picture id 7 and TL0PICIDX 8. */
function packet(sequence: number, length = 12 + 10): Buffer {
  const made = Buffer.alloc(length, sequence & 0xff);
  made.writeUInt8(0x80, 0);
  made.writeUInt8(100, 1);
  made.writeUInt16BE(sequence, 2);
  made.writeUInt32BE(sequence * 3000, 4);
  made.writeUInt32BE(7777, 8);
  made.set([0x90, 0xc0, 0x80, 7, 8], 12);
  return made;
}

function arrange(stream: SentStream = RTX) {
  const sent: Buffer[] = [];
  const log = new SentLog();
  const source = { encodings: [{ cache: new PacketCache() }], formats: { extensions: NO_EXTENSIONS } };
  const egress = new Egress({ send: (each) => sent.push(Buffer.from(each)) > 0 });
  const frame = Object.assign(videoFrame(), { idOffset: 14, idBits: 15, tl0Offset: 16 });
  const retransmission = new Retransmission(log, stream, egress);
  return {
    sent,
    egress,
    log,
    /** Notes that the packet has been forwarded as number `sequence + SHIFT`. */
    forward: (sequence: number, now: number, length?: number) => {
      source.encodings[0]!.cache.insert(sequence, packet(sequence, length), now);
      const projected = { sequence: sequence + SHIFT, timestamp: 123, id: 300, tl0: 77, marker: true };
      log.note(projected, 0, sequence, frame);
    },
    nack: (sequences: readonly number[], now: number, encoding = 0) =>
      retransmission.nack(
        source,
        sequences.map((each) => each + SHIFT),
        encoding,
        now,
      ),
  };
}

describe('retransmission', () => {
  it('repeats a packet as it was sent, as RTX (RFC 4588): own SSRC, type and numbers, the sent number first', () => {
    const { sent, forward, nack } = arrange();
    forward(500, 0);
    forward(501, 0);
    expect(nack([500, 501], 10)).toBe(2);
    const [first, second] = sent as [Buffer, Buffer];
    expect(first.readUInt8(1)).toBe(0x80 | 96);
    expect([first.readUInt16BE(2), second.readUInt16BE(2)]).toEqual([1, 2]);
    expect([first.readUInt32BE(4), first.readUInt32BE(8), first.readUInt16BE(12)]).toEqual([123, 99, 1500]);
    expect([first.readUInt16BE(16), first.readUInt8(18)]).toEqual([0x8000 | 300, 77]);
    expect(first.subarray(19)).toEqual(packet(500).subarray(17));
  });

  it('repeats it plainly where there is no RTX', () => {
    const { sent, forward, nack } = arrange({ ...RTX, rtx: undefined });
    forward(500, 0);
    nack([500], 10);
    const [plain] = sent as [Buffer];
    expect([plain.readUInt8(1), plain.readUInt16BE(2), plain.readUInt32BE(8)]).toEqual([
      0x80 | 100,
      1500,
      42,
    ]);
    expect(plain).toHaveLength(packet(500).length);
    expect(plain.subarray(17)).toEqual(packet(500).subarray(17));
  });

  it('does not repeat what is on its way already', () => {
    const { egress, forward, nack } = arrange();
    forward(500, 0);
    egress.rtt.sent(1, 0, 0);
    egress.rtt.reported(
      {
        ssrc: 1,
        fractionLost: 0,
        cumulativeLost: 0,
        highestSequence: 0,
        jitter: 0,
        lastReport: 1 << 16,
        delaySinceLastReport: 0,
      },
      100,
    );
    expect([0, 50, 89, 90, 200].map((now) => nack([500], now))).toEqual([1, 0, 0, 1, 1]);
  });

  it('knows neither packets that were never sent nor old ones', () => {
    const { forward, nack } = arrange();
    forward(500, 0);
    expect(nack([499, 501, 500 + 512], 10)).toBe(0);
    expect(nack([500], 3001)).toBe(0);
  });

  it('does not repeat what is of another encoding than the one that is sent now', () => {
    const { sent, forward, nack } = arrange();
    forward(500, 0);
    expect(nack([500], 10, 1)).toBe(0);
    expect(sent).toEqual([]);
  });

  it('keeps the newest of packets that share a slot', () => {
    const { sent, forward, nack } = arrange();
    forward(500, 0);
    forward(500 + 512, 1);
    nack([500, 1012], 10);
    expect(sent.map((each) => each.readUInt16BE(12))).toEqual([2012]);
  });

  it('waits for its turn behind a link that is full, and goes before what is new', () => {
    const { sent, egress, forward, nack } = arrange();
    forward(500, 0);
    egress.pacer.rate = 100_000;
    egress.pacer.spend(1000, 0);
    egress.pacer.wait({ size: 1000, send: () => sent.push(packet(501)) });
    expect(nack([500], 0)).toBe(1);
    expect(sent).toEqual([]);
    for (let now = 5; egress.pacer.waiting > 0; now += 5) egress.tick(now);
    expect(sent.map((each) => each.readUInt32BE(8))).toEqual([99, 7777]);
    expect(sent[0]?.readUInt16BE(12)).toBe(1500);
  });

  it('forgets what it was sent of another source', () => {
    const { log, forward, nack } = arrange();
    forward(500, 0);
    log.clear();
    expect(nack([500], 10)).toBe(0);
  });

  it('is bounded for a receiver that asks for everything all the time', () => {
    const { forward, nack } = arrange();
    const all = Array.from({ length: 512 }, (_, sequence) => sequence);
    for (const sequence of all) forward(sequence, 0);
    let answered = 0;
    for (let now = 0; now < 1000; now += 25) answered += nack(all, now);
    expect(answered).toBeLessThanOrEqual(4000);
  });

  it('is bounded also where nothing of what is asked for can be sent again', () => {
    const { forward, nack } = arrange();
    forward(0, 0);
    // Of another encoding, or unknown: looked for, and then not sent.
    const other = Array.from({ length: 2000 }, () => 0);
    expect(nack(other, 10, 1)).toBe(0);
    expect(nack([0], 10)).toBe(0);
    expect(nack([0], 20)).toBe(1);
  });

  it('leaves out what is too long to be sent again whole', () => {
    const { sent, forward, nack } = arrange();
    forward(500, 0, 1500);
    forward(501, 0, 1501);
    expect(nack([500, 501], 10)).toBe(1);
    expect(sent.map(({ length }) => length)).toEqual([1502]);
  });
});
