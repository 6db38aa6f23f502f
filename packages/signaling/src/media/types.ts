/**
 * What Jingle (XEP-0167, 0176, 0320, 0339) and Colibri2 say about media in common: payload types, header
 * extensions, sources and transports, as plain readonly data. The codecs in jingle/ and colibri2/ read and write it.
 */

export type MediaType = 'audio' | 'video';

/** `camera` unless the source says otherwise (`desktop`: a shared screen; `none`: signalled but off). */
export type VideoType = 'camera' | 'desktop' | 'none';

/** An RTCP feedback kind of a payload type, e.g. `{ type: 'nack', subtype: 'pli' }` (RFC 4585 s.4.2). */
export interface RtcpFeedback {
  readonly type: string;
  readonly subtype?: string;
}

/** An RTP payload type (XEP-0167 s.5). `clockrate` in Hz; `parameters` are the fmtp of RFC 8866. */
export interface PayloadType {
  readonly id: number;
  readonly name: string;
  readonly clockrate: number;
  readonly channels?: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly rtcpFeedback: readonly RtcpFeedback[];
}

/** A negotiated RTP header extension (RFC 8285, XEP-0294). */
export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
}

/** One RTP source (XEP-0339). `ssrc` is 1 … 2^32-1; `name` is `<endpoint>-a<n>` or `<endpoint>-v<n>`. */
export interface Source {
  readonly ssrc: number;
  readonly name?: string;
  /** `<stream id> <track id>`. */
  readonly msid?: string;
  readonly videoType?: VideoType;
  /** Endpoint id (= MUC nickname) of whoever sends it; `jvb` for the bridge's own feedback sources. */
  readonly owner?: string;
}

/** SSRCs that belong together: `FID` pairs media with its RTX (RFC 5576, 4588), `SIM` lists simulcast layers, lowest first. */
export interface SourceGroup {
  readonly semantics: 'FID' | 'SIM';
  readonly ssrcs: readonly number[];
}

/** Sources and groups of one medium. */
export interface MediaSources {
  readonly sources: readonly Source[];
  readonly groups: readonly SourceGroup[];
}

/** All that one owner sends, by medium. */
export interface SourceSet {
  readonly audio: MediaSources;
  readonly video: MediaSources;
}

/** An ICE candidate (XEP-0176 s.5, RFC 8445). */
export interface IceCandidate {
  readonly foundation: string;
  readonly component: number;
  readonly protocol: 'udp' | 'tcp';
  readonly priority: number;
  readonly ip: string;
  readonly port: number;
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly relAddr?: string;
  readonly relPort?: number;
  /** RFC 6544 s.4.5; only with `tcp`. */
  readonly tcpType?: 'active' | 'passive' | 'so';
  readonly generation?: number;
  readonly id?: string;
}

/** `setup` as in RFC 5763: the bridge says `actpass`, a browser answers `active`. */
export interface Fingerprint {
  readonly hash: string;
  readonly setup: 'active' | 'passive' | 'actpass';
  /** Upper-case hex pairs joined by colons. */
  readonly value: string;
}

/** An ICE-UDP transport with its DTLS fingerprint; the same element in Jingle and inside Colibri2. */
export interface IceTransport {
  readonly ufrag?: string;
  readonly pwd?: string;
  /** Which ICE restart of the bridge these credentials belong to, from 1; absent before the first. */
  readonly iceGeneration?: number;
  readonly rtcpMux: boolean;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly Fingerprint[];
  /** URLs of the bridge channel (colibri WebSocket). */
  readonly webSockets: readonly string[];
}
