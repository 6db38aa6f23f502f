/** What a member's client can do, as its service discovery says (XEP-0030, client contract 1.12). */
import { type MediaType, NS } from '@conclave/signaling';

export interface ClientFeatures {
  /** Media for which it negotiates RTP. */
  readonly media: ReadonlySet<MediaType>;
  /** SCTP data channels. */
  readonly data: boolean;
  /** RTP retransmission (RFC 4588). */
  readonly retransmission: boolean;
  /** Transport-wide congestion control feedback. */
  readonly transportCc: boolean;
  /** Sources of others may be told in the compact JSON form. */
  readonly jsonSources: boolean;
  /** The bridge may send everything on few SSRCs and tell over its channel what is on which: nobody else's sources are signalled. */
  readonly ssrcRewriting: boolean;
  /** Packets of sound may repeat what the ones before carried (RED, RFC 2198). */
  readonly redundantAudio: boolean;
  /** It may tell which layers of its video it means to send (VLA). Clients do not say whether they can: who cannot leaves it out. */
  readonly layersAllocation: boolean;
  /** A gateway: it can mute whom it calls. */
  readonly mutedByOthers: boolean;
}

/** Features that have a meaning only among Jitsi clients. */
const JITSI = {
  retransmission: 'urn:ietf:rfc:4588',
  transportCc: 'http://jitsi.org/tcc',
  jsonSources: 'http://jitsi.org/json-encoded-sources',
  ssrcRewriting: 'http://jitsi.org/ssrc-rewriting-1',
  redundantAudio: 'http://jitsi.org/opus-red',
  mutedByOthers: 'http://jitsi.org/protocol/audio-mute',
} as const;

export const clientFeatures = (features: readonly string[]): ClientFeatures => {
  const known = new Set(features);
  const media = new Set<MediaType>();
  if (known.has(NS.rtpAudio)) media.add('audio');
  if (known.has(NS.rtpVideo)) media.add('video');
  return {
    media,
    data: known.has(NS.sctp),
    retransmission: known.has(JITSI.retransmission),
    transportCc: known.has(JITSI.transportCc),
    jsonSources: known.has(JITSI.jsonSources),
    ssrcRewriting: known.has(JITSI.ssrcRewriting),
    redundantAudio: known.has(JITSI.redundantAudio),
    layersAllocation: false,
    mutedByOthers: known.has(JITSI.mutedByOthers),
  };
};

/** What bridges exchange among themselves. */
export const RELAY_FEATURES: ClientFeatures = {
  ...clientFeatures([
    NS.rtpAudio,
    NS.rtpVideo,
    JITSI.retransmission,
    JITSI.transportCc,
    JITSI.redundantAudio,
  ]),
  layersAllocation: true,
};

/** What is assumed of a client that does not answer service discovery. */
export const ASSUMED_FEATURES: ClientFeatures = clientFeatures([NS.rtpAudio, NS.rtpVideo, NS.sctp]);

/** Whether a client takes part in media at all; plain XMPP clients do not. */
export const takesMedia = (features: ClientFeatures): boolean => features.media.size > 0;
