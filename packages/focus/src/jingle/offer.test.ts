import { NS, type SourceSet } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { NO_SOURCES } from '../conference/source-set.js';
import { clientFeatures, takesMedia } from './features.js';
import { offeredMedia, type OfferParts, sessionInitiate, sourceChange } from './offer.js';

const RTX = 'urn:ietf:rfc:4588';
const TCC = 'http://jitsi.org/tcc';
const JSON_SOURCES = 'http://jitsi.org/json-encoded-sources';
const RED = 'http://jitsi.org/opus-red';
const ALL = [NS.rtpAudio, NS.rtpVideo, NS.sctp, RTX, TCC, JSON_SOURCES];
const without = (...features: string[]) => clientFeatures(ALL.filter((each) => !features.includes(each)));

const ice = {
  ufrag: 'u',
  pwd: 'p',
  rtcpMux: true,
  candidates: [],
  fingerprints: [{ hash: 'sha-256', setup: 'actpass' as const, value: 'AB' }],
  webSockets: ['wss://bridge.example/colibri-ws/1'],
};
const audio = (owner: string, ssrc: number): SourceSet => ({
  ...NO_SOURCES,
  audio: { sources: [{ ssrc, owner }], groups: [] },
});
const offer = (parts: Partial<OfferParts> = {}) =>
  sessionInitiate({
    sid: 's1',
    initiator: 'focus@auth.meet.example/focus',
    features: clientFeatures(ALL),
    transport: { ice, sctpPort: 5000 },
    bridgeSession: { id: 'b1' },
    startMuted: { audio: false, video: false },
    sources: new Map([
      ['jvb', audio('jvb', 1)],
      ['a', audio('a', 2)],
    ]),
    ...parts,
  });

describe('the media that are offered', () => {
  const names = (features = clientFeatures(ALL)) =>
    Object.fromEntries(
      offeredMedia(features).map(({ type, payloadTypes }) => [
        type,
        payloadTypes.map(({ id, name }) => `${name} ${id}`),
      ]),
    );

  it('are opus, and VP8 before the other codecs with their retransmissions', () => {
    expect(names()).toEqual({
      audio: ['opus 111'],
      video: ['VP8 100', 'VP9 101', 'H264 107', 'AV1 41', 'rtx 96', 'rtx 97', 'rtx 99', 'rtx 42'],
    });
  });

  it('follow what the client can receive', () => {
    expect(names(without(NS.rtpVideo))).toEqual({ audio: ['opus 111'] });
    expect(names(without(NS.rtpAudio))).not.toHaveProperty('audio');
    expect(names(without(RTX))['video']).toEqual(['VP8 100', 'VP9 101', 'H264 107', 'AV1 41']);
  });

  it('begin with redundant audio for who knows it: one that repeats the one before', () => {
    const features = clientFeatures([...ALL, RED]);
    expect(names(features)['audio']).toEqual(['red 112', 'opus 111']);
    const [audio] = offeredMedia(features);
    expect(audio!.payloadTypes[0]!.parameters).toEqual({ '': '111/111' });
  });

  it('name the codec that each retransmission repeats', () => {
    const [, video] = offeredMedia(clientFeatures(ALL));
    const rtx = video!.payloadTypes.filter(({ name }) => name === 'rtx');
    expect(rtx.map(({ id, parameters }) => [id, parameters['apt']])).toEqual([
      [96, '100'],
      [97, '101'],
      [99, '107'],
      [42, '41'],
    ]);
  });

  it('ask for keyframes, retransmissions, and transport-wide feedback where it is known', () => {
    const feedback = (features = clientFeatures(ALL)) =>
      offeredMedia(features).map(({ payloadTypes: [first] }) =>
        first!.rtcpFeedback.map(({ type, subtype }) => [type, subtype].filter(Boolean).join(' ')),
      );
    expect(feedback()).toEqual([['transport-cc'], ['ccm fir', 'nack', 'nack pli', 'transport-cc']]);
    expect(feedback(without(TCC))).toEqual([[], ['ccm fir', 'nack', 'nack pli']]);
  });

  it('have header extensions under the usual ids, and no mid', () => {
    const ids = (features = clientFeatures(ALL)) =>
      offeredMedia(features).map(({ headerExtensions }) => headerExtensions.map(({ id }) => id));
    expect(ids()).toEqual([
      [1, 5],
      [3, 11, 5],
    ]);
    expect(ids(without(TCC))).toEqual([[1], [3, 11]]);
    expect(ids({ ...clientFeatures(ALL), layersAllocation: true })).toEqual([
      [1, 5],
      [3, 11, 12, 5],
    ]);
  });

  it('are none for a plain XMPP client', () => {
    expect(takesMedia(clientFeatures([NS.discoInfo, NS.ping, NS.sctp]))).toBe(false);
    expect(takesMedia(clientFeatures([NS.rtpAudio]))).toBe(true);
  });
});

describe('an offer', () => {
  it('repeats the whole transport in each content, and bundles them', () => {
    const { contents, bundle } = offer();
    expect(contents.map(({ name }) => name)).toEqual(['audio', 'video', 'data']);
    expect(bundle).toEqual(['audio', 'video', 'data']);
    for (const content of contents) {
      expect(content).toMatchObject({ creator: 'initiator', senders: 'both', transport: ice });
    }
    expect(contents[0]!.description).toMatchObject({ rtcpMux: true, extmapAllowMixed: true });
  });

  it('has a data channel only where client and bridge want one', () => {
    expect(offer().contents[2]!.sctpmap).toEqual({
      number: 5000,
      streams: 1024,
      protocol: 'webrtc-datachannel',
    });
    expect(offer({ features: without(NS.sctp) }).bundle).toEqual(['audio', 'video']);
    expect(offer({ transport: { ice } }).bundle).toEqual(['audio', 'video']);
  });

  it('tells sources in JSON to who knows it, the bridge first, and in XML to others', () => {
    const json = offer();
    expect([...json.jsonSources!.keys()]).toEqual(['jvb', 'a']);
    expect(json.contents[0]!.description!.sources.sources).toEqual([]);
    const xml = offer({ features: without(JSON_SOURCES) });
    expect(xml.jsonSources).toBeUndefined();
    expect(xml.contents[0]!.description!.sources.sources.map(({ owner, ssrc }) => [owner, ssrc])).toEqual([
      ['jvb', 1],
      ['a', 2],
    ]);
  });

  it('says who starts muted only if somebody does', () => {
    expect(offer()).not.toHaveProperty('startMuted');
    const startMuted = { audio: true, video: false };
    expect(offer({ startMuted })).toMatchObject({ startMuted });
  });
});

describe('a change of sources', () => {
  const session = { sid: 's1', initiator: 'focus@auth.meet.example/focus' };
  const sources = new Map([['a', audio('a', 2)]]);

  it('is JSON for who knows it', () => {
    const change = sourceChange('source-add', { ...session, features: clientFeatures(ALL) }, sources);
    expect(change).toMatchObject({ action: 'source-add', sid: 's1', contents: [] });
    expect([...change.jsonSources!.keys()]).toEqual(['a']);
  });

  it('is XML in the contents concerned for others', () => {
    const change = sourceChange('source-remove', { ...session, features: without(JSON_SOURCES) }, sources);
    expect(change.contents.map(({ name, description }) => [name, description?.sources.sources])).toEqual([
      ['audio', [{ ssrc: 2, owner: 'a' }]],
    ]);
  });
});
