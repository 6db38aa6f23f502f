/** What we tell whoever asks what we can do (XEP-0030, XEP-0115); the focus offers accordingly. */
import { type DiscoInfo, type Element, NS, encodeCaps, encodeDiscoInfo } from '@conclave/signaling';

const node = 'urn:conclave:client';

/** Whether the browser understands redundant audio (RFC 2198), which then goes both ways where the meeting has it. */
const takesRedundantAudio = (): boolean =>
  typeof RTCRtpReceiver !== 'undefined' &&
  (RTCRtpReceiver.getCapabilities('audio')?.codecs ?? []).some(
    ({ mimeType }) => mimeType.toLowerCase() === 'audio/red',
  );

const info = (): DiscoInfo => ({
  identities: [{ category: 'client', type: 'web', name: 'Conclave' }],
  features: [
    NS.discoInfo,
    NS.caps,
    NS.jingle,
    NS.rtp,
    NS.rtpAudio,
    NS.rtpVideo,
    NS.iceUdp,
    NS.dtls,
    NS.sctp,
    'http://jitsi.org/json-encoded-sources',
    'http://jitsi.org/source-name',
    'http://jitsi.org/receive-multiple-video-streams',
    'http://jitsi.org/tcc',
    'urn:ietf:rfc:4588',
    ...(takesRedundantAudio() ? ['http://jitsi.org/opus-red'] : []),
  ],
  forms: [],
});

/** `<c/>` for our presence. */
export function capsElement(): Element {
  return encodeCaps(node, info());
}

/** The payload that answers a disco#info query, which may name the node and hash of our presence. */
export function discoAnswer(queriedNode: string | undefined): Element {
  return encodeDiscoInfo(queriedNode === undefined ? info() : { ...info(), node: queriedNode });
}
