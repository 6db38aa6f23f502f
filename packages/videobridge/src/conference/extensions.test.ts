import type { ColibriMedia } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { Egress } from '../send/egress.js';
import { AudioSource } from './audio-source.js';
import { EndpointFormats } from './formats.js';
import { Ingress } from './ingress.js';
import { DEFAULT_LIMITS } from './limits.js';
import { Reception } from './reception.js';

const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const OPUS = 111;

/** What somebody can receive whose header extensions have these ids. */
function formatsWith(ids: Readonly<Record<string, number>>): EndpointFormats {
  const media: ColibriMedia = {
    type: 'audio',
    payloadTypes: [{ id: OPUS, name: 'opus', clockrate: 48_000, parameters: {}, rtcpFeedback: [] }],
    headerExtensions: Object.entries(ids).map(([uri, id]) => ({ uri, id })),
    extmapAllowMixed: false,
  };
  const formats = new EndpointFormats();
  formats.add([media]);
  return formats;
}

/** The extensions, by id, that each of `receivers` gets of a packet of `sender` with `extensions` (octets). */
function exchange(
  sender: EndpointFormats,
  extensions: readonly number[],
  receivers: readonly EndpointFormats[],
): { levels: number[]; received: Record<number, number[]>[] } {
  const levels: number[] = [];
  const source = new AudioSource('a', 'a-a0', { ssrc: 7, rtx: undefined }, sender);
  const received: Record<number, number[]>[] = [];
  source.receivers = receivers.flatMap((formats, index) => {
    const send = (packet: Buffer): boolean => {
      received[index] = elements(packet);
      return true;
    };
    const egress = new Egress({ send }, formats);
    return [...new Reception('r', egress, formats, 1, undefined).hear([source]).values()];
  });
  const ingress = new Ingress(sender, new Egress({ send: () => true }), 1, DEFAULT_LIMITS, {
    nack: () => undefined,
    keyframeWanted: () => undefined,
    audioLevel: (_owner, level) => levels.push(level) > 0,
  });
  ingress.setSources([source]);
  const packet = Buffer.alloc(16 + extensions.length + 4);
  packet.writeUInt8(0x90, 0);
  packet.writeUInt8(OPUS, 1);
  packet.writeUInt32BE(7, 8);
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(extensions.length / 4, 14);
  packet.set(extensions, 16);
  ingress.receive(packet, 1000);
  return { levels, received };
}

function elements(packet: Buffer): Record<number, number[]> {
  const found: Record<number, number[]> = {};
  const end = 16 + packet.readUInt16BE(14) * 4;
  for (let at = 16; at < end;) {
    const octet = packet.readUInt8(at);
    const size = octet === 0 ? 0 : (octet & 0x0f) + 1;
    if (octet !== 0) found[octet >> 4] = [...packet.subarray(at + 1, at + 1 + size)];
    at += 1 + size;
  }
  return found;
}

describe('header extensions', () => {
  const usual = formatsWith({ [AUDIO_LEVEL]: 1, [TRANSPORT_CC]: 5 });

  it('reach everybody under the ids that each has for them', () => {
    const other = formatsWith({ [AUDIO_LEVEL]: 5, [TRANSPORT_CC]: 1 });
    const third = formatsWith({ [AUDIO_LEVEL]: 9 });
    // Level 0x80 | 27 under id 5, number 0x4711 under id 1.
    const { levels, received } = exchange(
      other,
      [0x50, 0x80 | 27, 0x11, 0x47, 0x11, 0, 0, 0],
      [usual, other, third, usual],
    );
    expect(levels).toEqual([100]);
    // Each has a transport-wide numbering of its own.
    expect(received).toEqual([
      { 1: [0x80 | 27], 5: [0, 1] },
      { 5: [0x80 | 27], 1: [0, 1] },
      { 9: [0x80 | 27] },
      { 1: [0x80 | 27], 5: [0, 1] },
    ]);
  });

  it('that the sender has not negotiated reach nobody: they could pass for others there', () => {
    const silent = formatsWith({ [AUDIO_LEVEL]: 1, [MID]: 4 });
    // A forged transport-wide number, a MID, and something else.
    const forged = [0x10, 0x80 | 27, 0x51, 0x47, 0x11, 0x40, 0x30, 0xe0, 0x01, 0, 0, 0];
    const { received } = exchange(silent, forged, [usual]);
    expect(received).toEqual([{ 1: [0x80 | 27] }]);
  });

  it('that are there twice are there once', () => {
    const { received } = exchange(usual, [0x51, 0, 7, 0x51, 0x47, 0x11, 0, 0], [usual]);
    expect(received).toEqual([{ 5: [0, 1] }]);
  });
});
