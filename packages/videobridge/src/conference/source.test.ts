import type { MediaSource, SourceGroup } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { NO_EXTENSIONS } from '../rtp/rtp-packet.js';
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

  it('mark extensions of one hop for removal', () => {
    const formats = new EndpointFormats();
    const headerExtensions = [
      { id: 10, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' },
      { id: 3, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' },
      { id: 4, uri: 'urn:unknown' },
    ];
    formats.add([{ type: 'video', payloadTypes: [], headerExtensions, extmapAllowMixed: false }]);
    expect(formats.extensions).toEqual({ ...NO_EXTENSIONS, blanked: (1 << 10) | (1 << 3) });
  });
});
