import { type Jingle, type PayloadType, decodeJingle, encodeJingle } from '@conclave/signaling';
import { parse as parseXml } from 'ltx';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { answerContents } from './answer-sdp.js';
import { addSources, initialLines, removeSources } from './media-lines.js';
import { answerSdp, fingerprint, offer } from './offer.test.support.js';
import { composeOffer, offerTemplate, offeredMedia } from './offer-sdp.js';
import { remoteSources } from './remote-sources.js';

const template = offerTemplate(offer().contents);
const lines = initialLines(offeredMedia(template), remoteSources(offer()));

describe('the offer as SDP', () => {
  const sdp = composeOffer(template, lines, 1);
  const session = parse(sdp);

  it('has a line for each medium, the data channel, and one for each source', () => {
    expect(session.media.map(({ mid, type, direction }) => [mid, type, direction])).toEqual([
      ['audio', 'audio', 'sendrecv'],
      ['video', 'video', 'sendrecv'],
      ['data', 'application', undefined],
      ['s2', 'audio', 'sendonly'],
      ['s3', 'video', 'sendonly'],
    ]);
    expect(session.groups).toEqual([{ type: 'BUNDLE', mids: 'audio video data s2 s3' }]);
  });

  it('says codecs, feedback and header extensions, VP8 first', () => {
    const [audio, video] = session.media;
    expect(audio).toMatchObject({
      rtp: [{ payload: 111, codec: 'opus', rate: 48000, encoding: 2 }],
      fmtp: [{ payload: 111, config: 'minptime=10;useinbandfec=1' }],
      rtcpFb: [{ payload: 111, type: 'transport-cc' }],
      ext: [{ value: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }],
      extmapAllowMixed: 'extmap-allow-mixed',
      rtcpMux: 'rtcp-mux',
    });
    expect(video?.payloads).toBe('100 101 96');
    expect(video?.fmtp).toContainEqual({ payload: 96, config: 'apt=100' });
  });

  it('says first what the camera is to be sent in', () => {
    const preferred = (codecs: string[]) =>
      parse(composeOffer(offerTemplate(offer().contents, codecs), lines, 1)).media.find(
        ({ mid }) => mid === 'video',
      );
    expect(preferred(['AV1', 'vp9', 'VP8'])?.payloads).toBe('101 100 96');
    expect(preferred(['H264'])?.payloads).toBe('101 100 96');
    expect(preferred(['VP9'])?.fmtp).toContainEqual({ payload: 101, config: 'x-google-start-bitrate=800' });
  });

  it('has redundant audio first where it was offered first, on each line: so browsers send it, and take it', () => {
    const red: PayloadType = {
      id: 112,
      name: 'red',
      clockrate: 48_000,
      channels: 2,
      parameters: { '': '111/111' },
      rtcpFeedback: [],
    };
    const { audio } = template;
    const redundant = { ...template, audio: { ...audio!, payloadTypes: [red, ...audio!.payloadTypes] } };
    const sounds = parse(composeOffer(redundant, lines, 1)).media.filter(({ type }) => type === 'audio');
    expect(sounds).toHaveLength(2);
    for (const { payloads, rtp, fmtp } of sounds) {
      expect(payloads).toBe('112 111');
      expect(rtp[0]).toEqual({ payload: 112, codec: 'red', rate: 48_000, encoding: 2 });
      // What is within: the payload types of RFC 2198 s.5.
      expect(fmtp).toContainEqual({ payload: 112, config: '111/111' });
    }
  });

  it.each([
    ['VP8', false],
    ['VP9', false],
    ['AV1', true],
    ['H264', true],
  ])('sends %s with the dependency descriptor: %s; and takes it from others in any case', (name, sent) => {
    const uri = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
    const { video } = template;
    const [first, ...others] = video!.payloadTypes;
    const payloadTypes = [{ ...first!, name }, ...others];
    const described = {
      ...template,
      video: { ...video!, payloadTypes, headerExtensions: [{ id: 11, uri }] },
    };
    const [own, ...theirs] = parse(composeOffer(described, lines, 1)).media.filter(
      ({ type }) => type === 'video',
    );
    expect(own?.ext ?? []).toEqual(sent ? [{ value: 11, uri }] : []);
    for (const { ext } of theirs) expect(ext).toEqual([{ value: 11, uri }]);
  });

  it('says the transport on every line', () => {
    for (const media of session.media) {
      expect(media).toMatchObject({
        iceUfrag: '9uf',
        icePwd: 'passpasspasspasspass22',
        fingerprint: { type: 'sha-256', hash: fingerprint('AA') },
        setup: 'actpass',
        candidates: [{ ip: '203.0.113.5', port: 10000, type: 'host', transport: 'udp' }],
      });
    }
  });

  it('names the owner as stream, so that sound and picture of one stay together', () => {
    expect(session.media[4]).toMatchObject({
      msid: [{ id: 'a1b2c3d4', appdata: 'a1b2c3d4-v0' }],
      ssrcGroups: [{ semantics: 'FID', ssrcs: '2001 2002' }],
      ssrcs: [
        { id: 2001, attribute: 'cname', value: 'a1b2c3d4' },
        { id: 2002, attribute: 'cname', value: 'a1b2c3d4' },
      ],
    });
  });

  it('keeps the line of a source that went, without it', () => {
    const gone = removeSources(lines, remoteSources(offer()).slice(2));
    const later = parse(composeOffer(template, gone, 2));
    expect(later.media.map(({ mid, direction }) => [mid, direction]).slice(3)).toEqual([
      ['s2', 'inactive'],
      ['s3', 'inactive'],
    ]);
    expect(later.media[4]?.ssrcs).toBeUndefined();
    expect(later.origin.sessionVersion).toBe(2);
    expect(addSources(gone, remoteSources(offer()).slice(2))).toEqual(lines);
  });

  it.each<[string, (jingle: Jingle) => Jingle['contents'], string]>([
    [
      'ICE credentials',
      ({ contents }) => contents.map(({ name, creator, senders }) => ({ name, creator, senders })),
      'ICE credentials',
    ],
    [
      'a fingerprint',
      ({ contents }) =>
        contents.map((content) => ({ ...content, transport: { ...content.transport!, fingerprints: [] } })),
      'fingerprint',
    ],
    ['media', ({ contents }) => contents.slice(2), 'neither audio nor video'],
  ])('is refused without %s', (_, edit, why) => {
    expect(() => offerTemplate(edit(offer()))).toThrow(why);
  });
});

describe('the answer as Jingle', () => {
  const contents = answerContents(answerSdp, { endpoint: 'me123456' });

  it('has one content a medium, and the data channel', () => {
    expect(contents.map(({ name, creator }) => [name, creator])).toEqual([
      ['audio', 'responder'],
      ['video', 'responder'],
      ['data', 'responder'],
    ]);
    expect(contents[2]?.sctpmap).toEqual({ number: 5000, streams: 1024, protocol: 'webrtc-datachannel' });
  });

  it('announces what we send under our names, retransmissions included', () => {
    expect(contents[0]?.description?.sources).toEqual({
      sources: [{ ssrc: 3001, name: 'me123456-a0', msid: 'me123456-audio-0 me123456-a0-track' }],
      groups: [],
    });
    const video = { name: 'me123456-v0', msid: 'me123456-video-0 me123456-v0-track', videoType: 'camera' };
    expect(contents[1]?.description?.sources).toEqual({
      sources: [
        { ssrc: 3002, ...video },
        { ssrc: 3003, ...video },
      ],
      groups: [{ semantics: 'FID', ssrcs: [3002, 3003] }],
    });
  });

  it('keeps the order of codecs, which is our preference', () => {
    expect(contents[1]?.description?.payloadTypes.map(({ id }) => id)).toEqual([100, 96, 101]);
    expect(contents[0]?.description?.payloadTypes.map(({ id }) => id)).toEqual([111]);
  });

  it('says what redundant audio has within', () => {
    const redundant = answerSdp
      .replace('m=audio 9 UDP/TLS/RTP/SAVPF 111', 'm=audio 9 UDP/TLS/RTP/SAVPF 112 111')
      .replace('a=rtpmap:111', 'a=rtpmap:112 red/48000/2\r\na=fmtp:112 111/111\r\na=rtpmap:111');
    const [audio] = answerContents(redundant, { endpoint: 'me123456' });
    expect(audio?.description?.payloadTypes).toMatchObject([
      { id: 112, name: 'red', clockrate: 48_000, channels: 2, parameters: { '': '111/111' } },
      { id: 111, name: 'opus' },
    ]);
  });

  it('says the transport, active and without candidates', () => {
    expect(contents[0]?.transport).toMatchObject({
      pwd: 'localpasslocalpasslocal1',
      candidates: [],
      fingerprints: [{ hash: 'sha-256', setup: 'active', value: fingerprint('11') }],
    });
  });

  it('goes over the wire and back', () => {
    const accept: Jingle = {
      action: 'session-accept',
      sid: 'abc123',
      contents,
      bundle: contents.map(({ name }) => name),
    };
    const read = decodeJingle(parseXml(encodeJingle(accept).toString()));
    expect(read.contents.map(({ transport }) => transport?.ufrag)).toEqual(['1234', '1234', '1234']);
    expect(read.contents[1]?.description).toEqual(contents[1]?.description);
  });

  it('announces nothing on a line that only receives', () => {
    const deaf = answerSdp.replaceAll('a=sendrecv', 'a=recvonly');
    expect(answerContents(deaf, { endpoint: 'me' })[0]?.description?.sources.sources).toEqual([]);
  });
});
