import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import {
  type ConferenceModify,
  decodeColibriError,
  decodeConferenceModified,
  decodeConferenceModify,
  decodeConferenceProperties,
  decodeConferenceRequest,
  decodeJingle,
  decodeLogout,
  encodeColibriError,
  encodeConferenceModify,
  encodeConferenceProperties,
  encodeJingle,
  encodeLogout,
  type IceTransport,
  type Jingle,
  SignalingError,
  el,
  stanzaError,
} from './index.js';

const transport: IceTransport = {
  ufrag: '9uf1',
  pwd: 'secretsecretsecretsecret',
  rtcpMux: true,
  candidates: [
    {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 2130706431,
      ip: '203.0.113.5',
      port: 10000,
      type: 'host',
    },
  ],
  fingerprints: [
    { hash: 'sha-256', setup: 'actpass', value: Array.from({ length: 32 }, () => 'AB').join(':') },
  ],
  webSockets: ['wss://meet.example/colibri-ws/jvb1/c/a?pwd=x'],
};
const offer: Jingle = {
  action: 'session-initiate',
  sid: 'abc123',
  contents: [
    {
      name: 'audio',
      creator: 'initiator',
      senders: 'both',
      description: {
        media: 'audio',
        payloadTypes: [
          {
            id: 111,
            name: 'opus',
            clockrate: 48000,
            channels: 2,
            parameters: { minptime: '10' },
            rtcpFeedback: [{ type: 'transport-cc' }],
          },
        ],
        headerExtensions: [{ id: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }],
        extmapAllowMixed: true,
        rtcpMux: true,
        sources: {
          sources: [{ ssrc: 1001, name: 'jvb-a0', msid: 'mixedmslabel mixedlabelaudio0', owner: 'jvb' }],
          groups: [],
        },
      },
      transport,
    },
    {
      name: 'data',
      creator: 'initiator',
      senders: 'both',
      transport,
      sctpmap: { number: 5000, streams: 1024, protocol: 'webrtc-datachannel' },
    },
  ],
  bundle: ['audio', 'data'],
  bridgeSession: { id: 'bs42', region: 'eu' },
};

describe('an offer on the wire', () => {
  const xml = encodeJingle(offer).toString();

  it('declares namespaces by default declarations where they change, never by prefixes', () => {
    expect(xml).not.toMatch(/<\w+:/);
    for (const opening of [
      '<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="abc123">',
      '<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">',
      '<rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="transport-cc"/>',
      '<rtp-hdrext xmlns="urn:xmpp:jingle:apps:rtp:rtp-hdrext:0" id="1"',
      '<source xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" ssrc="1001" name="jvb-a0">',
      '<ssrc-info xmlns="http://jitsi.org/jitmeet" owner="jvb"/>',
      '<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="9uf1"',
      '<fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="actpass">',
      '<web-socket xmlns="http://jitsi.org/protocol/colibri" url=',
      '<sctpmap xmlns="urn:xmpp:jingle:transports:dtls-sctp:1" number="5000"',
      '<group xmlns="urn:xmpp:jingle:apps:grouping:0" semantics="BUNDLE">',
      '<bridge-session xmlns="http://jitsi.org/protocol/focus" id="bs42" region="eu"/>',
    ]) {
      expect(xml).toContain(opening);
    }
  });

  it('says rtcp-mux in the description and in the transport', () => {
    expect(xml.match(/<rtcp-mux\/>/g)).toHaveLength(3);
  });

  it('repeats the transport in every content', () => {
    expect(xml.match(/ufrag="9uf1"/g)).toHaveLength(2);
  });

  it('has an application description for the data channel', () => {
    expect(xml).toContain('<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="application"/>');
    expect(decodeJingle(parse(xml)).contents[1]).not.toHaveProperty('description');
  });
});

describe('an answer of a client', () => {
  const answer = (inside: string) =>
    `<jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='s'>${inside}</jingle>`;
  const video = (inside: string) =>
    answer(
      `<content creator='responder' name='video'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'>${inside}</description></content>`,
    );
  const source = (attributes: string, inside = '') =>
    video(`<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ${attributes}>${inside}</source>`);
  const readSource = (xml: string) => decodeJingle(parse(xml)).contents[0]?.description?.sources.sources[0];

  it('takes rtcp-mux from either place for both', () => {
    const { contents } = decodeJingle(
      parse(
        answer(
          `<content creator='responder' name='video'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'><rtcp-mux/></description>` +
            `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='abcd' pwd='abcdabcdabcdabcdabcdab'/></content>`,
        ),
      ),
    );
    expect(contents[0]).toMatchObject({ description: { rtcpMux: true }, transport: { rtcpMux: true } });
  });

  it('may name the owner by its occupant JID, and a fast screen as a screen', () => {
    const xml = source(
      `ssrc='1' videoType='desktop_high_fps'`,
      `<ssrc-info xmlns='http://jitsi.org/jitmeet' owner='room@muc/ann'/>`,
    );
    expect(readSource(xml)).toEqual({ ssrc: 1, videoType: 'desktop', owner: 'ann' });
  });

  it.each([
    ['an ssrc of 0', source(`ssrc='0'`)],
    ['an ssrc beyond 32 bits', source(`ssrc='4294967296'`)],
    ['an ssrc that is not decimal', source(`ssrc='0x10'`)],
    ['a source without ssrc', source('')],
    ['an unknown video type', source(`ssrc='1' videoType='hologram'`)],
    ['a line break in msid', source(`ssrc='1'`, `<parameter name='msid' value='a&#10;a=evil'/>`)],
    ['a line break in a name', source(`ssrc='1' name='a&#13;b'`)],
    [
      'unknown group semantics',
      video(`<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FEC'/>`),
    ],
    ['a payload type beyond 127', video(`<payload-type id='128' name='VP8' clockrate='90000'/>`)],
    [
      'an unknown medium',
      answer(`<content name='x'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='smell'/></content>`),
    ],
    ['a content without name', answer(`<content/>`)],
    ['an unknown action', `<jingle xmlns='urn:xmpp:jingle:1' action='dance' sid='s'/>`],
    ['no sid', `<jingle xmlns='urn:xmpp:jingle:1' action='session-info'/>`],
    ['another element', `<jingle xmlns='urn:x' action='session-info' sid='s'/>`],
  ])('is refused with %s', (_what, xml) => {
    expect(() => decodeJingle(parse(xml))).toThrow(SignalingError);
  });

  it.each([
    [
      `<candidate component='1' foundation='1' ip='1.2.3.4' port='65536' priority='1' protocol='udp' type='host'/>`,
    ],
    [
      `<candidate component='1' foundation='1' ip='1.2.3.4 a' port='1' priority='1' protocol='udp' type='host'/>`,
    ],
    [
      `<candidate component='1' foundation='1' ip='1.2.3.4' port='1' priority='1' protocol='smoke' type='host'/>`,
    ],
    [`<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='active'>AB:CD</fingerprint>`],
    [`<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='md5' setup='active'>AB</fingerprint>`],
  ])('is refused with the transport %s', (inside) => {
    const xml = answer(
      `<content name='audio'><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'>${inside}</transport></content>`,
    );
    expect(() => decodeJingle(parse(xml))).toThrow(SignalingError);
  });

  it('may carry what we do not know', () => {
    const xml = answer(
      `<traceparent xmlns='jitsi:opentelemetry'/><content name='audio'><novelty/></content>`,
    );
    expect(decodeJingle(parse(xml)).contents).toEqual([
      { name: 'audio', creator: 'initiator', senders: 'both' },
    ]);
  });
});

describe('the focus protocol', () => {
  it('needs a room', () => {
    const request = parse(`<conference xmlns='http://jitsi.org/protocol/focus'/>`);
    expect(() => decodeConferenceRequest(request)).toThrow(SignalingError);
  });

  it('limits properties', () => {
    const request = el('conference', { xmlns: 'http://jitsi.org/protocol/focus', room: 'r' });
    for (let index = 0; index < 65; index += 1)
      request.append(el('property', { name: `p${index}`, value: '' }));
    expect(() => decodeConferenceRequest(request)).toThrow(SignalingError);
  });

  it('ends an authentication session', () => {
    expect(decodeLogout(parse(encodeLogout('s1').toString()))).toBe('s1');
    expect(() => decodeLogout(el('logout'))).toThrow(SignalingError);
  });

  it('announces properties of the conference in presence', () => {
    const presence = el('presence', {}, encodeConferenceProperties({ 'created-ms': '1' }));
    expect(decodeConferenceProperties(parse(presence.toString()))).toEqual({ 'created-ms': '1' });
    expect(decodeConferenceProperties(el('presence'))).toBeUndefined();
  });
});

describe('a refusal by the bridge', () => {
  it('says why', () => {
    const error = stanzaError(
      'item-not-found',
      undefined,
      ...encodeColibriError({ reason: 'unknown_endpoint', endpoint: 'a' }),
    );
    expect(decodeColibriError(error)).toEqual({ reason: 'unknown_endpoint', endpoint: 'a' });
  });

  it('is not one when the reason is missing', () => {
    expect(decodeColibriError(stanzaError('service-unavailable'))).toBeUndefined();
  });
});

describe('a relay', () => {
  it('is asked for as bridges know it', () => {
    const request: ConferenceModify = {
      meetingId: 'm1',
      endpoints: [],
      relays: [
        {
          id: 'jvb-2',
          create: true,
          meshId: '0',
          media: [],
          transport: { useUniquePort: true, iceControlling: true, sctp: { role: 'client' } },
          endpoints: [{ id: 'a', create: true, media: [], sources: [], capabilities: ['source-names'] }],
        },
      ],
    };
    expect(encodeConferenceModify(request).toString()).toBe(
      '<conference-modify xmlns="jitsi:colibri2" meeting-id="m1">' +
        '<relay id="jvb-2" mesh-id="0" create="true">' +
        '<transport ice-controlling="true" use-unique-port="true"><sctp role="client"/></transport>' +
        '<endpoints><endpoint id="a" create="true"><sources/><capability name="source-names"/></endpoint></endpoints>' +
        '</relay></conference-modify>',
    );
  });

  it('is told of by the bridge', () => {
    const answer = parse(
      `<conference-modified xmlns='jitsi:colibri2'><relay id='jvb-2'><transport>` +
        `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='x1' pwd='y1' ice-generation='2'/>` +
        `</transport></relay></conference-modified>`,
    );
    expect(decodeConferenceModified(answer).relays).toMatchObject([
      { id: 'jvb-2', transport: { ice: { ufrag: 'x1', iceGeneration: 2 } } },
    ]);
  });

  it('has a name', () => {
    const nameless = parse(
      `<conference-modify xmlns='jitsi:colibri2' meeting-id='m'><relay create='true'/></conference-modify>`,
    );
    expect(() => decodeConferenceModify(nameless)).toThrow(SignalingError);
  });
});

describe('a restart', () => {
  it('of ICE is asked for by the client, and by the focus at the bridge', () => {
    const asked = parse(
      `<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'>` +
        `<bridge-session xmlns='http://jitsi.org/protocol/focus' id='bs42' ice-restart='true'/></jingle>`,
    );
    expect(decodeJingle(asked).bridgeSession).toEqual({ id: 'bs42', iceRestart: true });
    const wanted: ConferenceModify = {
      meetingId: 'm1',
      endpoints: [{ id: 'a', media: [], transport: { iceRestart: true }, capabilities: [] }],
    };
    expect(encodeConferenceModify(wanted).toString()).toContain('<transport ice-restart="true"/>');
  });
});
