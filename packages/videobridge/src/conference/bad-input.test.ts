import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { layerIndex } from '../receive/encoding-layers.js';
import { buildNack, buildPli, feedbackPacket } from '../rtp/rtcp-builders.js';
import { descriptor, L1T2_STRUCTURE, L2T1_STRUCTURE } from '../rtp/dependency-descriptor.testing.js';
import { Egress } from '../send/egress.js';
import { ForwardedVideo } from '../send/forwarded-video.js';
import { EndpointFormats } from './formats.js';
import { Ingress } from './ingress.js';
import { DEFAULT_LIMITS } from './limits.js';
import { sourceOf } from './source.js';
import type { VideoSource } from './video-source.js';

const CODECS = { VP8: 100, VP9: 101, H264: 107, AV1: 41 };
const RTX = 96;
const DESCRIPTOR_ID = 11;

/** One endpoint that sends three encodings, and a receiver of them; no transport. */
class Stage {
  readonly sent: Buffer[] = [];
  readonly asked: Buffer[] = [];
  readonly nacked: number[] = [];
  wanted = 0;
  readonly formats = new EndpointFormats();
  readonly ingress: Ingress;
  readonly source: VideoSource;
  now = 1000;

  constructor() {
    const payload = (id: number, name: string, parameters: Record<string, string> = {}) => ({
      id,
      name,
      clockrate: 90_000,
      parameters,
      rtcpFeedback: [{ type: 'transport-cc' }],
    });
    this.formats.add([
      {
        type: 'video',
        payloadTypes: [
          ...Object.entries(CODECS).map(([name, id]) => payload(id, name)),
          payload(RTX, 'rtx', { apt: '100' }),
        ],
        headerExtensions: [
          { id: 5, uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01' },
          {
            id: DESCRIPTOR_ID,
            uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
          },
        ],
        extmapAllowMixed: true,
      },
    ]);
    const egress = new Egress({ send: (packet) => this.asked.push(Buffer.from(packet)) > 0 });
    this.ingress = new Ingress(this.formats, egress, 1, DEFAULT_LIMITS, {
      nack: (_, sequences) => this.nacked.push(sequences.length),
      keyframeWanted: () => (this.wanted += 1),
      audioLevel: () => true,
    });
    const ssrcs = [10, 11, 20, 21, 30, 31];
    const source = sourceOf(
      'a',
      {
        type: 'video',
        id: 'a-v0',
        sources: ssrcs.map((ssrc) => ({ ssrc })),
        groups: [
          { semantics: 'SIM', ssrcs: [10, 20, 30] },
          ...[10, 20, 30].map((ssrc) => ({ semantics: 'FID' as const, ssrcs: [ssrc, ssrc + 1] })),
        ],
      },
      this.formats,
      undefined,
    );
    if (source?.type !== 'video') throw new Error('unreachable');
    this.source = source;
    this.ingress.setSources([source]);
    const sink = { send: (packet: Buffer) => this.sent.push(Buffer.from(packet)) > 0 };
    const receiver = new ForwardedVideo(new Egress(sink), { ssrc: 10, rtx: 11, rtxPayloadType: () => RTX });
    receiver.target = layerIndex(2, 2, 2);
    source.setReceiver(receiver, true);
  }

  receive(packet: Buffer): void {
    this.now += 1;
    this.ingress.receive(packet, this.now);
  }
}

const byte = fc.integer({ min: 0, max: 255 });
const sequence = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 100, max: 140 }));
const described = fc.constantFrom(
  descriptor({ template: 0, number: 5, structure: L1T2_STRUCTURE }),
  descriptor({ template: 0, number: 9, structure: L2T1_STRUCTURE }),
  descriptor({ template: 2, number: 6 }),
);

/** A packet that looks right from afar: known SSRCs and types, and then whatever. */
const rtp = fc
  .record({
    ssrc: fc.constantFrom(10, 11, 20, 21, 30, 31),
    type: fc.constantFrom(...Object.values(CODECS), RTX),
    sequence,
    first: fc.constantFrom(0x80, 0x90, 0xa0, 0xb0, 0x9f),
    extension: fc.oneof(described, fc.uint8Array({ maxLength: 24 })),
    descriptor: fc.array(byte, { maxLength: 12 }),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ ssrc, type, sequence: number, first, extension, descriptor: head, payload }) => {
    const header = Buffer.alloc(12);
    header.writeUInt8(first, 0);
    header.writeUInt8(type, 1);
    header.writeUInt16BE(number, 2);
    header.writeUInt32BE(number * 3000, 4);
    header.writeUInt32BE(ssrc, 8);
    const element = Buffer.concat([Buffer.from([DESCRIPTOR_ID, extension.length]), Buffer.from(extension)]);
    const padded = Buffer.concat([element, Buffer.alloc((4 - (element.length % 4)) % 4)]);
    const block = Buffer.concat([Buffer.from([0x10, 0x00, 0, padded.length / 4]), padded]);
    return Buffer.concat([
      header,
      ...((first & 0x10) !== 0 ? [block] : []),
      Buffer.from(head),
      Buffer.from(payload),
    ]);
  });

const rtcp = fc
  .tuple(
    fc.integer({ min: 0, max: 31 }),
    fc.integer({ min: 200, max: 207 }),
    fc.uint8Array({ maxLength: 64 }),
  )
  .map(([count, type, body]) => {
    const padded = Buffer.concat([Buffer.from(body), Buffer.alloc((4 - (body.length % 4)) % 4)]);
    return Buffer.concat([Buffer.from([0x80 | count, type, 0, padded.length / 4]), padded]);
  });

const anything = fc.oneof(
  rtp,
  rtcp,
  fc.uint8Array({ maxLength: 80 }).map((data) => Buffer.from(data)),
);

let stage: Stage;
beforeEach(() => (stage = new Stage()));

describe('whatever an endpoint sends', () => {
  it('nothing throws, nothing is sent that is no RTP, and no number twice but as a retransmission', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 120 }), (packets) => {
        const each = new Stage();
        for (const packet of packets) each.receive(packet);
        each.ingress.tick(each.now + 50);
        each.ingress.report(each.now + 500);
        const numbers = each.sent.map((packet) => packet.readUInt16BE(2));
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const packet of each.sent) expect(packet.readUInt32BE(8)).toBe(10);
      }),
      { numRuns: 400 },
    );
  });

  it('a storm of NACKs, PLIs and FIRs is cut to what is sensible', () => {
    const nack = buildNack(
      1,
      10,
      Array.from({ length: 5000 }, (_, index) => (index * 17) & 0xffff),
    );
    const fir = feedbackPacket(206, 4, 1, 0, 12 + 8 * 100);
    for (let index = 0; index < 5000; index++) {
      stage.ingress.receive(
        index % 3 === 0 ? nack : index % 3 === 1 ? buildPli(1, 10) : fir,
        1000 + index / 50,
      );
    }
    expect(stage.ingress.drops.tooMany).toBeGreaterThan(4300);
    expect(stage.nacked.length + stage.wanted).toBeLessThan(60_000);
    expect(Math.max(...stage.nacked)).toBeLessThanOrEqual(1024 + 17);
  });

  it('requests that are packed into few packets count like many', () => {
    const packed = Buffer.concat(Array.from({ length: 90 }, () => buildPli(1, 10)));
    for (let index = 0; index < 400; index++) stage.ingress.receive(packed, 1000 + index);
    expect(stage.wanted).toBeLessThan(DEFAULT_LIMITS.rtcpPerSecond * 1.5);
  });

  it('padding is neither forwarded nor a reason to ask for anything', () => {
    const padding = Buffer.alloc(12 + 255, 255);
    padding.writeUInt8(0xa0, 0);
    padding.writeUInt8(100, 1);
    padding.writeUInt32BE(30, 8);
    for (let index = 0; index < 3000; index++) {
      padding.writeUInt16BE(index, 2);
      stage.receive(Buffer.from(padding));
    }
    expect(stage.sent).toEqual([]);
    expect(stage.asked).toEqual([]);
  });

  it('feedback that claims thousands of packets in a few octets is refused', () => {
    const absurd = feedbackPacket(205, 15, 1, 10, 24);
    absurd.writeUInt16BE(65_535, 14);
    absurd.writeUInt16BE(0x3fff, 20);
    stage.receive(absurd);
    expect(stage.ingress.drops.malformed).toBe(1);
  });

  it('layers that change with every packet are looked at now and then only', () => {
    let taken = 0;
    for (let index = 0; index < 1000; index++) {
      const keyframe = Buffer.alloc(12 + 11);
      keyframe.writeUInt8(0x80, 0);
      keyframe.writeUInt8(100, 1);
      keyframe.writeUInt16BE(index, 2);
      keyframe.writeUInt32BE(30, 8);
      keyframe.set([0x10, 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, index & 0xff, 1], 12);
      stage.receive(keyframe);
      if (stage.source.takeLayersChanged(stage.now)) taken += 1;
    }
    expect(taken).toBeLessThanOrEqual(6);
  });
});
