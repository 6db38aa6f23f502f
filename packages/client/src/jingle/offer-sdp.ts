/** The focus's offer as SDP (RFC 8866, RFC 8829): Jingle describes each medium once, SDP wants one m-line a source, bundled. */
import type {
  HeaderExtension,
  IceTransport,
  JingleContent,
  MediaType,
  PayloadType,
  RtpDescription,
} from '@conclave/signaling';
import { type MediaDescription, type SessionDescription, write } from 'sdp-transform';
import type { MediaLine, MediaLines } from './media-lines.js';

/** What stays the same over all offers of one Jingle session. */
export interface OfferTemplate {
  readonly audio?: RtpDescription;
  readonly video?: RtpDescription;
  /** SCTP port of the bridge channel, when a data content is offered. */
  readonly sctpPort?: number;
  readonly transport: IceTransport;
}

/** Why an offer cannot be taken. */
class OfferError extends Error {
  override readonly name = 'OfferError';
}

/** mid of the application line. */
export const dataMid = 'data';

/**
 * Takes what an offer needs from the contents of a session-initiate. Throws an OfferError.
 * @param videoCodecs names of the codecs that the camera is sent in, the best first
 */
export function offerTemplate(
  contents: readonly JingleContent[],
  videoCodecs: readonly string[] = ['VP8'],
): OfferTemplate {
  const transport = contents.find((content) => content.transport?.ufrag !== undefined)?.transport;
  if (!transport?.ufrag || !transport.pwd) throw new OfferError('the offer has no ICE credentials');
  if (transport.fingerprints.length === 0) throw new OfferError('the offer has no DTLS fingerprint');
  const of = (media: MediaType) =>
    contents.find((content) => content.senders !== 'rejected' && content.description?.media === media)
      ?.description;
  const audio = of('audio');
  const video = of('video');
  const sctp = contents.find((content) => content.sctpmap)?.sctpmap;
  if (!audio && !video) throw new OfferError('the offer has neither audio nor video');
  return {
    ...(audio && { audio }),
    ...(video && { video: prefer(videoCodecs, video) }),
    ...(sctp && { sctpPort: sctp.number }),
    transport,
  };
}

/** kbit/s that Chromium begins with, instead of the 300 that make the first seconds of every call blurred. */
const startBitrate = 800;

/** The order of payload types is the preference: what comes first is what we send, the rest is what we can receive. */
function prefer(codecs: readonly string[], description: RtpDescription): RtpDescription {
  const order = codecs.map((name) => name.toUpperCase());
  const rank = ({ name }: PayloadType): number => {
    const place = order.indexOf(name.toUpperCase());
    return place < 0 ? order.length : place;
  };
  const payloadTypes = [...description.payloadTypes].sort((a, b) => rank(a) - rank(b));
  return {
    ...description,
    payloadTypes: payloadTypes.map((type) =>
      rank(type) === order.length
        ? type
        : { ...type, parameters: { ...type.parameters, 'x-google-start-bitrate': String(startBitrate) } },
    ),
  };
}

/** The media that the template offers, in the order of their lines. */
export function offeredMedia(template: OfferTemplate): MediaType[] {
  return (['audio', 'video'] as const).filter((media) => template[media] !== undefined);
}

function candidates({ candidates }: IceTransport): NonNullable<MediaDescription['candidates']> {
  return candidates.map((candidate) => ({
    foundation: candidate.foundation,
    component: candidate.component,
    transport: candidate.protocol,
    priority: candidate.priority,
    ip: candidate.ip,
    port: candidate.port,
    type: candidate.type,
    ...(candidate.relAddr !== undefined && { raddr: candidate.relAddr }),
    ...(candidate.relPort !== undefined && { rport: candidate.relPort }),
    generation: candidate.generation ?? 0,
  }));
}

function transportLines(transport: IceTransport): Partial<MediaDescription> {
  const fingerprint =
    transport.fingerprints.find(({ hash }) => hash === 'sha-256') ?? transport.fingerprints[0];
  return {
    iceUfrag: transport.ufrag ?? '',
    icePwd: transport.pwd ?? '',
    ...(fingerprint && { fingerprint: { type: fingerprint.hash, hash: fingerprint.value } }),
    setup: 'actpass',
    candidates: candidates(transport),
    endOfCandidates: 'end-of-candidates',
  };
}

function fmtp({ parameters }: PayloadType): string {
  return Object.entries(parameters)
    .map(([name, value]) => (name === '' ? value : `${name}=${value}`))
    .join(';');
}

function codecs(
  payloadTypes: readonly PayloadType[],
): Pick<MediaDescription, 'rtp' | 'fmtp' | 'rtcpFb' | 'payloads'> {
  return {
    payloads: payloadTypes.map(({ id }) => id).join(' '),
    rtp: payloadTypes.map(({ id, name, clockrate, channels }) => ({
      payload: id,
      codec: name,
      rate: clockrate,
      ...(channels !== undefined && channels > 1 && { encoding: channels }),
    })),
    fmtp: payloadTypes
      .filter(({ parameters }) => Object.keys(parameters).length > 0)
      .map((type) => ({ payload: type.id, config: fmtp(type) })),
    rtcpFb: payloadTypes.flatMap(({ id, rtcpFeedback }) =>
      rtcpFeedback.map(({ type, subtype }) => ({
        payload: id,
        type,
        ...(subtype !== undefined && { subtype }),
      })),
    ),
  };
}

/** Streams of one owner are played in time with one another: msid and cname name the owner (RFC 8834 s.8, RFC 7022). */
function sourceLines({ source }: MediaLine): Partial<MediaDescription> {
  if (!source) return {};
  return {
    msid: [{ id: source.owner, appdata: source.name }],
    ssrcs: source.ssrcs.map((id) => ({ id, attribute: 'cname', value: source.owner })),
    ssrcGroups: source.groups.map(({ semantics, ssrcs }) => ({ semantics, ssrcs: ssrcs.join(' ') })),
  };
}

const dependencyDescriptor =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
/** Codecs whose own headers do not say which layer a frame is of. */
const undescribed: ReadonlySet<string> = new Set(['AV1', 'H264']);

/**
 * The extensions of a line. What is sent has the dependency descriptor only where it must: beside it Chromium takes picture ids and
 * temporal layers out of VP8's own header (RFC 7741 s.4.2), which is what bridges read.
 */
function extensions({ sending }: MediaLine, description: RtpDescription): readonly HeaderExtension[] {
  const { headerExtensions, payloadTypes } = description;
  const codec = payloadTypes[0]?.name.toUpperCase() ?? '';
  if (!sending || undescribed.has(codec)) return headerExtensions;
  return headerExtensions.filter(({ uri }) => uri !== dependencyDescriptor);
}

function rtpLine(line: MediaLine, description: RtpDescription, transport: IceTransport): MediaDescription {
  return {
    type: line.media,
    port: 9,
    protocol: 'UDP/TLS/RTP/SAVPF',
    connection: { version: 4, ip: '0.0.0.0' },
    mid: line.mid,
    direction: line.sending ? 'sendrecv' : line.source ? 'sendonly' : 'inactive',
    ...codecs(description.payloadTypes),
    ext: extensions(line, description).map(({ id, uri }) => ({ value: id, uri })),
    ...(description.extmapAllowMixed && { extmapAllowMixed: 'extmap-allow-mixed' }),
    rtcpMux: 'rtcp-mux',
    ...transportLines(transport),
    ...sourceLines(line),
  };
}

function dataLine(sctpPort: number, transport: IceTransport): MediaDescription {
  return {
    type: 'application',
    port: 9,
    protocol: 'UDP/DTLS/SCTP',
    payloads: 'webrtc-datachannel',
    connection: { version: 4, ip: '0.0.0.0' },
    mid: dataMid,
    rtp: [],
    fmtp: [],
    sctpPort,
    maxMessageSize: 262_144,
    ...transportLines(transport),
  };
}

/** The offer with these lines. `version` grows with each offer of a session (RFC 8829 s.5.2.2). */
export function composeOffer(template: OfferTemplate, lines: MediaLines, version: number): string {
  const rtp = lines.flatMap((line) => {
    const description = template[line.media];
    return description ? [rtpLine(line, description, template.transport)] : [];
  });
  const data = template.sctpPort === undefined ? [] : [dataLine(template.sctpPort, template.transport)];
  const offered = offeredMedia(template).length;
  // The application line follows the lines that we send on, so that lines which come later stay behind it.
  const media = [...rtp.slice(0, offered), ...data, ...rtp.slice(offered)];
  const session: SessionDescription = {
    version: 0,
    origin: {
      username: '-',
      sessionId: 1,
      sessionVersion: version,
      netType: 'IN',
      ipVer: 4,
      address: '0.0.0.0',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    groups: [{ type: 'BUNDLE', mids: media.map(({ mid }) => mid ?? '').join(' ') }],
    msidSemantic: { semantic: 'WMS', token: '*' },
    media,
  };
  return write(session);
}
