import type { MediaSource, SourceGroup } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { EndpointFormats } from './formats.js';
import { encodingsOf } from './source.js';

const source = (ssrcs: readonly number[], groups: readonly SourceGroup[] = []): MediaSource => ({
  type: 'video',
  id: 'a-v0',
  sources: ssrcs.map((ssrc) => ({ ssrc })),
  groups,
});

describe('the encodings of a source', () => {
  it('are the members of its SIM group in order, each with its RTX', () => {
    const groups: SourceGroup[] = [
      { semantics: 'FID', ssrcs: [20, 21] },
      { semantics: 'SIM', ssrcs: [10, 20, 30] },
      { semantics: 'FID', ssrcs: [10, 11] },
    ];
    expect(encodingsOf(source([20, 21, 10, 11, 30], groups))).toEqual([
      { ssrc: 10, rtx: 11 },
      { ssrc: 20, rtx: 21 },
      { ssrc: 30, rtx: undefined },
    ]);
  });

  it('are one without simulcast', () => {
    expect(encodingsOf(source([11, 10], [{ semantics: 'FID', ssrcs: [10, 11] }]))).toEqual([
      { ssrc: 10, rtx: 11 },
    ]);
    expect(encodingsOf(source([10]))).toEqual([{ ssrc: 10, rtx: undefined }]);
  });

  it('are none where nothing is named', () => {
    expect(encodingsOf(source([]))).toEqual([]);
    expect(encodingsOf(source([], [{ semantics: 'SIM', ssrcs: [] }]))).toEqual([]);
  });
});

describe('the formats of an endpoint', () => {
  const payload = (id: number, name: string, parameters: Record<string, string> = {}) => ({
    id,
    name,
    clockrate: 90_000,
    parameters,
    rtcpFeedback: [],
  });

  it('are added to and overwritten, never removed', () => {
    const formats = new EndpointFormats();
    const media = { type: 'video', headerExtensions: [], extmapAllowMixed: false } as const;
    formats.add([{ ...media, payloadTypes: [payload(100, 'VP8'), payload(96, 'rtx', { apt: '100' })] }]);
    formats.add([{ ...media, payloadTypes: [payload(101, 'vp8')] }]);
    expect(formats.payload(100)).toEqual({ medium: 'video', codec: 'vp8', original: undefined });
    expect(formats.payload(96)).toMatchObject({ original: 100 });
    expect(formats.payload(101)).toMatchObject({ codec: 'vp8' });
    expect(formats.payload(102)).toBeUndefined();
    expect([formats.rtxFor(100), formats.rtxFor(101)]).toEqual([96, undefined]);
  });

  it('mark header extensions for removal that are of one hop, not known, or were never mentioned', () => {
    const formats = new EndpointFormats();
    const removed = (id: number): boolean => (formats.extensions.blanked & (1 << id)) !== 0;
    const headerExtensions = [
      { id: 10, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' },
      { id: 3, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' },
      { id: 4, uri: 'urn:unknown' },
      { id: 13, uri: 'urn:3gpp:video-orientation' },
    ];
    expect(removed(13)).toBe(true);
    formats.add([{ type: 'video', payloadTypes: [], headerExtensions, extmapAllowMixed: false }]);
    expect([1, 3, 4, 5, 10, 13, 14].filter(removed)).toEqual([1, 3, 4, 5, 10, 14]);
    expect([formats.incomingIds, formats.outgoingIds]).toEqual([undefined, undefined]);
  });

  it.each(['an id of its own', 'the id of another extension for something else'])(
    'translate the ids of header extensions where an endpoint has %s',
    (what) => {
      const formats = new EndpointFormats();
      const headerExtensions =
        what === 'an id of its own'
          ? [{ id: 7, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }]
          : [{ id: 5, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }];
      const negotiate = (): void =>
        formats.add([{ type: 'audio', payloadTypes: [], headerExtensions, extmapAllowMixed: false }]);
      negotiate();
      negotiate();
      const known = what === 'an id of its own' ? 1 : 0;
      expect(formats.extensions.audioLevel).toBe(known);
      expect([formats.incomingIds?.[7], formats.outgoingIds?.[1]]).toEqual([known, known * 7]);
      expect(formats.outgoingIds?.[5]).toBe(0);
    },
  );

  it('take a header extension under its newest id, and none under an impossible one', () => {
    const formats = new EndpointFormats();
    const uri = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
    for (const id of [7, 0, -1, 1.5, 256, 1e9, 1]) {
      const headerExtensions = [{ id, uri }];
      formats.add([{ type: 'audio', payloadTypes: [], headerExtensions, extmapAllowMixed: false }]);
    }
    expect([formats.extensions.audioLevel, formats.incomingIds]).toEqual([1, undefined]);
  });
});
