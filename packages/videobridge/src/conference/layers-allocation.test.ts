/** What senders say of their layers (VLA): it counts here and goes to other bridges; endpoints are not told. */
import { describe, expect, it, vi } from 'vitest';

import { Egress } from '../send/egress.js';
import { EndpointFormats } from './formats.js';
import { Ingress } from './ingress.js';
import { type VideoReceiver, VideoSource } from './video-source.js';

const ALLOCATION = 12;
const formats = new EndpointFormats();
formats.add([
  {
    type: 'video',
    payloadTypes: [{ id: 100, name: 'VP8', clockrate: 90_000, parameters: {}, rtcpFeedback: [] }],
    headerExtensions: [
      { id: ALLOCATION, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00' },
    ],
    extmapAllowMixed: true,
  },
]);

/** A keyframe with the extension in two-byte form. */
function packet(allocation: readonly number[]): Buffer {
  const words = Math.ceil((2 + allocation.length) / 4);
  const header = Buffer.alloc(16 + words * 4);
  header.writeUInt8(0x90, 0);
  header.writeUInt8(100, 1);
  header.writeUInt32BE(7, 8);
  header.writeUInt16BE(0x1000, 12);
  header.writeUInt16BE(words, 14);
  header.set([ALLOCATION, allocation.length, ...allocation], 16);
  return Buffer.concat([header, Buffer.from([0x90, 0x80, 0x80, 1, 0, 0, 0, 0])]);
}

/** Receivers that keep what they are sent. */
function receiver(kept: Buffer[]): VideoReceiver {
  return {
    forward: (sent) => {
      kept.push(Buffer.from(sent));
      return false;
    },
    leaveOut: vi.fn(),
    senderReport: vi.fn(),
    takes: () => true,
  };
}

function conversation() {
  const source = new VideoSource('a', 'a-v0', [{ ssrc: 7, rtx: undefined }], formats, 'camera');
  const [near, far]: [Buffer[], Buffer[]] = [[], []];
  source.setReceiver(receiver(near), true);
  const link = receiver(far);
  source.addLink(link);
  const limits = { packetsPerSecond: 100, rtcpPerSecond: 100 };
  const ingress = new Ingress(formats, new Egress({ send: () => true }), 1, limits, {
    nack: vi.fn(),
    keyframeWanted: vi.fn(),
    audioLevel: () => true,
  });
  ingress.setSources([source]);
  return { source, ingress, near, far, link };
}

/** One layer of 540 lines with 24 frames a second, of 500 kbit/s. */
const told = [0x01, 0x00, 0xf4, 0x03, 0x03, 0xbf, 0x02, 0x1b, 24];

describe('what a sender says of its layers', () => {
  it('counts, goes over links, and to no endpoint', () => {
    const { source, ingress, near, far } = conversation();
    const sent = packet(told);
    ingress.receive(Buffer.from(sent), 10);
    expect(source.layers(20)).toMatchObject([{ height: 540, frameRate: 24 }]);
    expect(source.layers(30, true)).toMatchObject([{ bitrate: 500_000 }]);
    expect(far[0]?.equals(sent)).toBe(true);
    expect(near[0]?.subarray(16, 28)).toEqual(Buffer.alloc(12));
    expect(near[0]?.subarray(28)).toEqual(sent.subarray(28));
  });

  it('is told to operators, and that nothing was said', () => {
    const { source, ingress } = conversation();
    expect(source.state(0)).toMatchObject({ encodings: [{ told: null }] });
    ingress.receive(packet(told), 10);
    const [width, height, frameRate] = [960, 540, 24];
    expect(source.state(20)).toMatchObject({
      encodings: [{ told: [{ spatial: 0, kbps: [500], width, height, frameRate }] }],
    });
  });

  it('is not in what is kept to be sent again', () => {
    const { source, ingress, link, near } = conversation();
    source.setReceiver(link, false);
    ingress.receive(packet(told), 10);
    expect(source.encodings[0]?.cache.get(0, 20)?.subarray(16, 28)).toEqual(Buffer.alloc(12));
    expect(near).toHaveLength(1);
  });

  it.each([
    ['malformed', [0x01, 0x00]],
    ['of more streams than were signalled', [0x31, 0x00, 0x64, 0x64, 0x64, 0x64]],
  ])('does not count when it is %s', (_what, allocation) => {
    const { source, ingress, near } = conversation();
    ingress.receive(packet(allocation), 10);
    expect(source.layers(20)).toMatchObject([{ height: 180, frameRate: 30 }]);
    expect(near).toHaveLength(1);
  });
});
