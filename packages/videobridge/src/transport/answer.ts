/**
 * The SDP answer (RFC 9429) that the ICE library is given for a client. The library's offer has one media section and one
 * for data; the real offer and answer are Jingle, of which only ICE credentials, fingerprint and candidates matter here.
 * Everything in it comes from the network: what does not have its exact form is refused, so that nothing can be injected.
 */
import type { Fingerprint, IceTransport } from '@conclave/signaling';

import { candidateAttribute } from './candidates.js';

/** Mid of the one media section. */
export const MEDIA_MID = 'media';
/** The mid that the library gives its data section. */
const DATA_MID = 'data';

/** Hash functions accepted for fingerprints (RFC 8122), strongest first, with their length in octets. */
const HASHES: readonly (readonly [string, number])[] = [
  ['sha-512', 64],
  ['sha-384', 48],
  ['sha-256', 32],
  ['sha-1', 20],
];
const MAX_CANDIDATES = 32;

const DATA_SECTION = [
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  `a=mid:${DATA_MID}`,
  'a=sctp-port:5000',
  'a=max-message-size:262144',
];

export type AnswerResult = { readonly sdp: string } | { readonly refused: string };

/**
 * Composes the answer for the client transport `remote`, with data channels or without; undefined while credentials or fingerprint are still missing.
 */
export function composeAnswer(remote: IceTransport, dataChannels: boolean): AnswerResult | undefined {
  const { ufrag, pwd } = remote;
  if (ufrag === undefined || pwd === undefined || remote.fingerprints.length === 0) return undefined;
  const malformed = malformedCredentials(remote);
  if (malformed !== undefined) return { refused: malformed };
  const fingerprint = strongestFingerprint(remote.fingerprints);
  if (fingerprint === undefined) return { refused: 'no acceptable fingerprint' };
  if (fingerprint.setup === 'actpass') return { refused: 'an answer may not be actpass' };
  const candidates = remote.candidates
    .slice(0, MAX_CANDIDATES)
    .map(candidateAttribute)
    .filter((attribute) => attribute !== undefined);
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${MEDIA_MID}${dataChannels ? ` ${DATA_MID}` : ''}`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:${fingerprint.hash.toLowerCase()} ${fingerprint.value.toUpperCase()}`,
    `a=setup:${fingerprint.setup}`,
    'm=video 9 UDP/TLS/RTP/SAVPF 100',
    'c=IN IP4 0.0.0.0',
    `a=mid:${MEDIA_MID}`,
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:100 VP8/90000',
    ...candidates.map((candidate) => `a=${candidate}`),
    ...(dataChannels ? DATA_SECTION : []),
    '',
  ];
  return { sdp: lines.join('\r\n') };
}

/** What is wrong with ICE credentials (RFC 8839 s.5.4), as far as they are there. */
export function malformedCredentials({
  ufrag,
  pwd,
}: Pick<IceTransport, 'ufrag' | 'pwd'>): string | undefined {
  if (ufrag !== undefined && !/^[A-Za-z0-9+/=_-]{4,256}$/.test(ufrag)) return 'malformed ufrag';
  if (pwd !== undefined && !/^[A-Za-z0-9+/=_-]{22,256}$/.test(pwd)) return 'malformed pwd';
  return undefined;
}

function strongestFingerprint(fingerprints: readonly Fingerprint[]): Fingerprint | undefined {
  for (const [hash, octets] of HASHES) {
    const found = fingerprints.find((fingerprint) => fingerprint.hash.toLowerCase() === hash);
    if (found === undefined) continue;
    const wellFormed = new RegExp(`^[0-9a-f]{2}(:[0-9a-f]{2}){${octets - 1}}$`, 'i').test(found.value);
    return wellFormed ? found : undefined;
  }
  return undefined;
}
