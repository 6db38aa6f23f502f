import { NS } from '@conclave/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { capsElement, discoAnswer } from './features.js';

const RED = 'http://jitsi.org/opus-red';

/** A browser that receives sound in these codecs. */
const receives = (...mimeTypes: string[]): void => {
  vi.stubGlobal('RTCRtpReceiver', {
    getCapabilities: (kind: string) =>
      kind === 'audio' ? { codecs: mimeTypes.map((mimeType) => ({ mimeType })) } : null,
  });
};

const features = (): unknown[] =>
  discoAnswer(undefined)
    .getChildren('feature')
    .map(({ attrs }) => attrs['var'] as unknown);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('what we say that we can do', () => {
  it('is media, data channels, retransmission and sources in short form', () => {
    expect(features()).toEqual(
      expect.arrayContaining([
        NS.rtpAudio,
        NS.rtpVideo,
        NS.sctp,
        'urn:ietf:rfc:4588',
        'http://jitsi.org/tcc',
        'http://jitsi.org/json-encoded-sources',
      ]),
    );
  });

  it('has redundant audio where the browser knows it', () => {
    receives('audio/opus', 'audio/red');
    expect(features()).toContain(RED);
  });

  it.each([
    ['does not know it', () => receives('audio/opus')],
    ['does not say what it knows', () => undefined],
  ])('has no redundant audio where the browser %s', (_, browser) => {
    browser();
    expect(features()).not.toContain(RED);
  });

  it('is what our presence has the hash of', () => {
    const plain = capsElement().attrs['ver'] as string;
    receives('audio/red');
    expect(capsElement().attrs['ver']).not.toBe(plain);
    expect(capsElement().attrs['ver']).toBe(capsElement().attrs['ver']);
  });

  it('says which question it answers', () => {
    expect(discoAnswer('urn:conclave:client#abc').attrs['node']).toBe('urn:conclave:client#abc');
  });
});
