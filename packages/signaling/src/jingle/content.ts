/** One `<content/>` of a Jingle session (XEP-0166 s.7.3): what is sent in one medium, or the data channel, and over what. */
import {
  type Element,
  attribute,
  el,
  integerAttribute,
  oneOf,
  present,
  requiredAttribute,
  requiredInteger,
} from '../elements.js';
import { decodeFormats, encodeFormats, type MediaFormats } from '../media/formats.js';
import { decodeIceTransport, encodeIceTransport } from '../media/ice-transport.js';
import { decodeMediaSources, encodeMediaSources } from '../media/sources.js';
import { requireToken } from '../media/text.js';
import type { IceTransport, MediaSources, MediaType } from '../media/types.js';
import { NS } from '../namespaces.js';

/** An RTP medium (XEP-0167). */
export interface RtpDescription extends MediaFormats {
  readonly media: MediaType;
  /** RTP and RTCP on one port (RFC 5761). */
  readonly rtcpMux: boolean;
  readonly sources: MediaSources;
}

/** The SCTP association that data channels run over (XEP-0343). */
export interface SctpMap {
  /** SCTP port. */
  readonly number: number;
  readonly streams: number;
  readonly protocol: string;
}

export interface JingleContent {
  readonly name: string;
  readonly creator: 'initiator' | 'responder';
  readonly senders: 'both' | 'initiator' | 'responder' | 'none' | 'rejected';
  /** Absent in the content of the data channel, and where only a transport is said. */
  readonly description?: RtpDescription;
  readonly transport?: IceTransport;
  readonly sctpmap?: SctpMap;
  /** How many video sources the endpoint wants at first; -1 for all. */
  readonly initialLastN?: number;
}

function encodeDescription(description: RtpDescription): Element {
  return el(
    'description',
    { xmlns: NS.rtp, media: description.media },
    encodeFormats(description),
    description.rtcpMux ? el('rtcp-mux') : undefined,
    encodeMediaSources(description.sources),
  );
}

export function encodeContent(content: JingleContent): Element {
  const { description, sctpmap } = content;
  const transport =
    content.transport === undefined && sctpmap === undefined
      ? undefined
      : encodeIceTransport(content.transport ?? emptyTransport);
  if (sctpmap !== undefined) transport?.append(el('sctpmap', { xmlns: NS.sctp, ...sctpmap }));
  return el(
    'content',
    { creator: content.creator, name: content.name, senders: content.senders },
    description && encodeDescription(description),
    description === undefined && sctpmap !== undefined
      ? el('description', { xmlns: NS.rtp, media: 'application' })
      : undefined,
    transport,
    content.initialLastN === undefined
      ? undefined
      : el('initial-last-n', { xmlns: NS.colibri2, value: content.initialLastN }),
  );
}

const emptyTransport: IceTransport = { rtcpMux: false, candidates: [], fingerprints: [], webSockets: [] };

/** rtcp-mux is said in the description by some and in the transport by others: either place counts for both. */
function decodeDescription(
  element: Element,
  transport: IceTransport | undefined,
): RtpDescription | undefined {
  const media = attribute(element, 'media');
  if (media === 'application') return undefined;
  return {
    media: oneOf(media, ['audio', 'video'], 'media'),
    ...decodeFormats(element),
    rtcpMux: element.getChild('rtcp-mux') !== undefined || transport?.rtcpMux === true,
    sources: decodeMediaSources(element),
  };
}

function decodeSctpMap(element: Element): SctpMap {
  return {
    number: requiredInteger(element, 'number', 0, 65535),
    streams: integerAttribute(element, 'streams', 0, 65535) ?? 1024,
    protocol: requireToken(requiredAttribute(element, 'protocol'), 'protocol of <sctpmap>'),
  };
}

/** Reads `<content/>`. Throws a SignalingError. */
export function decodeContent(element: Element): JingleContent {
  const transportElement = element.getChild('transport', NS.iceUdp);
  const sctpmap = transportElement?.getChild('sctpmap', NS.sctp);
  const transport = transportElement && decodeIceTransport(transportElement);
  const descriptionElement = element.getChild('description', NS.rtp);
  const description = descriptionElement && decodeDescription(descriptionElement, transport);
  const initialLastN = element.getChild('initial-last-n', NS.colibri2);
  return present({
    name: requireToken(requiredAttribute(element, 'name'), 'name of a content'),
    creator: oneOf(attribute(element, 'creator') ?? 'initiator', ['initiator', 'responder'], 'creator'),
    senders: oneOf(
      attribute(element, 'senders') ?? 'both',
      ['both', 'initiator', 'responder', 'none', 'rejected'],
      'senders',
    ),
    description,
    transport: transport && { ...transport, rtcpMux: transport.rtcpMux || description?.rtcpMux === true },
    sctpmap: sctpmap && decodeSctpMap(sctpmap),
    initialLastN: initialLastN && requiredInteger(initialLastN, 'value', -1, 65535),
  });
}
