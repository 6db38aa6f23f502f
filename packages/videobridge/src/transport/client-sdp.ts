/**
 * The two descriptions between a bridge and a client made of the same ICE library: the offer that a bridge's transport amounts to,
 * and the transport that the client's answer stands for. On the wire both are Jingle.
 */
import type { Fingerprint, IceTransport } from '@conclave/signaling';

/** Role in DTLS. */
export type DtlsSetup = 'active' | 'passive';

/**
 * The offer (RFC 9429) for the client's side of the transport `remote`: one media line that carries everything, and one for data.
 * @param setup what the client is to be
 */
export function clientOffer(
  remote: IceTransport,
  { data, setup }: { readonly data: boolean; readonly setup: DtlsSetup },
): string {
  const { ufrag = '', pwd = '', fingerprints } = remote;
  const [fingerprint] = fingerprints;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE media${data ? ' data' : ''}`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:${fingerprint?.hash ?? ''} ${fingerprint?.value ?? ''}`,
    // What the bridge is to be: the client answers the opposite.
    `a=setup:${setup === 'active' ? 'passive' : 'active'}`,
    'm=video 9 UDP/TLS/RTP/SAVPF 100',
    'c=IN IP4 0.0.0.0',
    'a=mid:media',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:100 VP8/90000',
    ...(data ? DATA_SECTION : []),
    '',
  ].join('\r\n');
}

const DATA_SECTION = [
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:data',
  'a=sctp-port:5000',
];

/** The transport of the client that has answered `sdp`, without candidates: a bridge learns them from its checks. */
export function clientTransport(sdp: string, setup: Fingerprint['setup']): IceTransport {
  const attribute = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
  const value = /a=fingerprint:sha-256 (\S+)/.exec(sdp)?.[1] ?? '';
  return {
    ufrag: attribute('ice-ufrag'),
    pwd: attribute('ice-pwd'),
    rtcpMux: true,
    candidates: [],
    fingerprints: [{ hash: 'sha-256', setup, value }],
    webSockets: [],
  };
}
