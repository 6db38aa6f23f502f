import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { blankDescriptor, isRtcp, NO_EXTENSIONS, readRtp, rtpView, type ExtensionIds } from './rtp-packet.js';

const ids: ExtensionIds = { ...NO_EXTENSIONS, transportCc: 5, audioLevel: 1, blanked: 1 << 3 };
const view = rtpView();
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('the dependency descriptor of a packet', () => {
  it.each([
    ['one', 'bede 0002 b3 01020304 00 0000'],
    ['two', '1000 0002 0b04 01020304 0000'],
  ])('is found and can be blanked, with a head of %s octets', (_, extension) => {
    const packet = bytes(`90 e4 1234 89abcdef fedcba98 ${extension} 0102`);
    readRtp(packet, { ...ids, dependencyDescriptor: 11 }, view);
    expect([...packet.subarray(view.descriptorOffset, view.descriptorOffset + view.descriptorSize)]).toEqual([
      1, 2, 3, 4,
    ]);
    blankDescriptor(packet, view);
    expect(packet.subarray(16, 24)).toEqual(Buffer.alloc(8));
  });
});

describe('an RTP packet', () => {
  it('is read in place (RFC 3550 s.5.1)', () => {
    const packet = bytes('80 e4 1234 89abcdef fedcba98 0102030405');
    expect(readRtp(packet, NO_EXTENSIONS, view)).toBe(true);
    expect(view).toMatchObject({
      marker: true,
      payloadType: 100,
      sequence: 0x1234,
      timestamp: 0x89abcdef,
      ssrc: 0xfedcba98,
      payloadOffset: 12,
      payloadLength: 5,
      paddingLength: 0,
    });
  });

  it('may have contributing sources and padding', () => {
    expect(readRtp(bytes('a1 64 0001 00000002 00000003 00000004 aabbcc 000003'), NO_EXTENSIONS, view)).toBe(
      true,
    );
    expect(view).toMatchObject({ payloadOffset: 16, payloadLength: 3, paddingLength: 3 });
  });

  it('carries one-byte extensions (RFC 8285 s.4.2)', () => {
    const packet = bytes('90 64 0001 00000002 00000003 bede 0003 10 ff 32 aabbcc 51 4711 00 0000 ff');
    expect(readRtp(packet, ids, view)).toBe(true);
    expect(packet[view.audioLevelOffset]).toBe(0xff);
    expect(packet.readUInt16BE(view.transportCcOffset)).toBe(0x4711);
    expect(view.payloadLength).toBe(1);
  });

  it('carries two-byte extensions (RFC 8285 s.4.3)', () => {
    const packet = bytes('90 64 0001 00000002 00000003 1000 0003 05 02 4711 01 01 80 03 03 aabbcc ff');
    expect(readRtp(packet, ids, view)).toBe(true);
    expect(packet.readUInt16BE(view.transportCcOffset)).toBe(0x4711);
    expect(packet[view.audioLevelOffset]).toBe(0x80);
  });

  it('loses the extensions that concern one hop: they become padding', () => {
    const packet = bytes('90 64 0001 00000002 00000003 bede 0002 32 aabbcc 51 4711 00 ff');
    expect(readRtp(packet, ids, view)).toBe(true);
    expect(packet.subarray(16, 24)).toEqual(bytes('00000000 51471100'));
  });

  it('has one transport-wide number: a second one, and ids that none of ours has, become padding', () => {
    const twice = bytes('90 64 0001 00000002 00000003 bede 0002 51 0001 51 0002 00 00 ff');
    expect(readRtp(twice, ids, view)).toBe(true);
    expect([view.transportCcOffset, twice.subarray(16, 24)]).toEqual([17, bytes('51000100 00000000')]);
    const beyond = bytes('90 64 0001 00000002 00000003 1000 0002 c8 02 4711 05 02 0001 ff');
    expect(readRtp(beyond, ids, view)).toBe(true);
    expect(beyond.subarray(16, 24)).toEqual(bytes('00000000 05020001'));
  });

  it('has no transport-wide number where the extension is of another size or was not negotiated', () => {
    const packet = bytes('90 64 0001 00000002 00000003 bede 0001 50 47 0000 ff');
    expect(readRtp(packet, ids, view)).toBe(true);
    expect(view.transportCcOffset).toBe(0);
    expect(readRtp(packet, NO_EXTENSIONS, view)).toBe(true);
    expect(view.transportCcOffset).toBe(0);
  });

  it.each([
    ['of eleven octets', '80 64 0001 00000002 000000'],
    ['of another version', '40 64 0001 00000002 00000003'],
    ['with contributing sources beyond its end', '8f 64 0001 00000002 00000003'],
    ['with an extension beyond its end', '90 64 0001 00000002 00000003 bede 0001'],
    ['with no octet of the padding it claims', 'a0 64 0001 00000002 00000003 00'],
    ['with more padding than payload', 'a0 64 0001 00000002 00000003 05'],
  ])('%s is malformed', (_, hex) => {
    expect(readRtp(bytes(hex), ids, view)).toBe(false);
  });

  it('never leads outside of its Buffer, whatever it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 80 }), fc.boolean(), (content, twoByte) => {
        const packet = Buffer.from(content);
        if (packet.length > 16) {
          packet[0] = 0x90 | ((packet[0] ?? 0) & 0x2f & ~0x0f);
          packet.writeUInt16BE(twoByte ? 0x1000 : 0xbede, 12);
          packet.writeUInt16BE((packet[15] ?? 0) % 20, 14);
        }
        const length = packet.length;
        if (!readRtp(packet, ids, view)) return;
        expect(view.payloadOffset + view.payloadLength + view.paddingLength).toBe(length);
        for (const offset of [view.transportCcOffset + 1, view.audioLevelOffset]) {
          expect(offset).toBeLessThan(Math.max(2, view.payloadOffset));
        }
      }),
    );
  });

  it('is told from RTCP by its second octet (RFC 5761 s.4)', () => {
    expect(isRtcp(bytes('80 c8 0000'))).toBe(true);
    expect(isRtcp(bytes('80 e4 0000'))).toBe(false);
    expect(isRtcp(bytes('80'))).toBe(false);
  });
});
