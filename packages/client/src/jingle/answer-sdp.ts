/** The browser's answer as Jingle (XEP-0167, 0176, 0320, 0339): one content a medium, with what we send on it. */
import type {
  Fingerprint,
  HeaderExtension,
  IceTransport,
  JingleContent,
  MediaSources,
  MediaType,
  PayloadType,
  Source,
  SourceGroup,
} from '@conclave/signaling';
import { type MediaDescription, type SessionDescription, parse, parsePayloads } from 'sdp-transform';
import { dataMid } from './offer-sdp.js';

/** Whose sources the answer announces. */
export interface LocalNames {
  /** Our endpoint id, i.e. our nickname in the room. */
  readonly endpoint: string;
}

/** `<endpoint>-a0` or `<endpoint>-v0`: the name of our one source of a medium. */
export function localSourceName(endpoint: string, media: MediaType): string {
  return `${endpoint}-${media === 'audio' ? 'a' : 'v'}0`;
}

function parameters(config: string): Record<string, string> {
  return Object.fromEntries(
    config
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => {
        const equals = part.indexOf('=');
        // Parameters without a name, as of telephone-event and RED, stand under the empty name.
        return equals === -1 ? ['', part] : [part.slice(0, equals), part.slice(equals + 1)];
      }),
  );
}

function payloadTypes(media: MediaDescription): PayloadType[] {
  const order = parsePayloads(media.payloads ?? '');
  return media.rtp
    .map(({ payload, codec, rate, encoding }): PayloadType => {
      const config = media.fmtp.find((fmtp) => fmtp.payload === payload)?.config;
      return {
        id: payload,
        name: codec,
        clockrate: rate ?? 0,
        ...(encoding !== undefined && { channels: encoding }),
        parameters: config === undefined ? {} : parameters(config),
        rtcpFeedback: (media.rtcpFb ?? [])
          .filter((feedback) => Number(feedback.payload) === payload)
          .map(({ type, subtype }) => ({ type, ...(subtype !== undefined && { subtype }) })),
      };
    })
    .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** The sources of a line that we send on. The msid is ours to choose: one that nobody else in the conference has. */
function localSources(media: MediaDescription, type: MediaType, { endpoint }: LocalNames): MediaSources {
  if (media.direction !== 'sendrecv' && media.direction !== 'sendonly') return { sources: [], groups: [] };
  const name = localSourceName(endpoint, type);
  const ssrcs = [...new Set((media.ssrcs ?? []).map(({ id }) => id))];
  return {
    sources: ssrcs.map((ssrc): Source => ({
      ssrc,
      name,
      msid: `${endpoint}-${type}-0 ${name}-track`,
      ...(type === 'video' && { videoType: 'camera' as const }),
    })),
    groups: (media.ssrcGroups ?? []).flatMap(({ semantics, ssrcs: members }): SourceGroup[] =>
      semantics === 'FID' || semantics === 'SIM'
        ? [{ semantics, ssrcs: members.split(' ').map(Number) }]
        : [],
    ),
  };
}

function setupOf(text: string | undefined): Fingerprint['setup'] {
  return text === 'passive' || text === 'actpass' ? text : 'active';
}

function transportOf(session: SessionDescription, media: MediaDescription): IceTransport {
  const fingerprint = media.fingerprint ?? session.fingerprint;
  const ufrag = media.iceUfrag ?? session.iceUfrag;
  const pwd = media.icePwd ?? session.icePwd;
  return {
    ...(ufrag !== undefined && { ufrag }),
    ...(pwd !== undefined && { pwd }),
    rtcpMux: true,
    // The bridge learns our addresses as peer-reflexive candidates (RFC 8445 s.7.3.1.3).
    candidates: [],
    fingerprints: fingerprint
      ? [{ hash: fingerprint.type, setup: setupOf(media.setup ?? session.setup), value: fingerprint.hash }]
      : [],
    webSockets: [],
  };
}

/** Name of the codec that our video is sent in: the first that both sides have (RFC 8829 s.5.3.1). */
export function videoCodec(sdp: string): string | undefined {
  const video = parse(sdp).media.find(({ mid }) => mid === 'video');
  const [first] = parsePayloads(video?.payloads ?? '');
  return video?.rtp.find(({ payload }) => payload === first)?.codec;
}

/** The contents of our session-accept, from the answer to composeOffer's SDP. */
export function answerContents(sdp: string, names: LocalNames): JingleContent[] {
  const session = parse(sdp);
  return session.media.flatMap((media): JingleContent[] => {
    const transport = transportOf(session, media);
    const mid = media.mid ?? '';
    if (mid === dataMid) {
      if (media.port === 0) return [];
      const sctpmap = { number: media.sctpPort ?? 5000, streams: 1024, protocol: 'webrtc-datachannel' };
      return [{ name: mid, creator: 'responder', senders: 'both', transport, sctpmap }];
    }
    if (mid !== 'audio' && mid !== 'video') return [];
    const extensions = (media.ext ?? []).map(({ value, uri }): HeaderExtension => ({ id: value, uri }));
    return [
      {
        name: mid,
        creator: 'responder',
        senders: 'both',
        description: {
          media: mid,
          payloadTypes: payloadTypes(media),
          headerExtensions: extensions,
          extmapAllowMixed: (media.extmapAllowMixed ?? session.extmapAllowMixed) !== undefined,
          rtcpMux: true,
          sources: localSources(media, mid, names),
        },
        transport,
      },
    ];
  });
}
