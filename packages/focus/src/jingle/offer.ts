/** What a participant is offered (XEP-0166, 0167): media chosen by its features, first for the bridge, then for itself. */
import type { IceTransport, Jingle, JingleContent, MediaType, SourceSet } from '@conclave/signaling';
import { headerExtensions, payloadTypes } from './codecs.js';
import type { ClientFeatures } from './features.js';
import type { SourcesByOwner } from '../conference/source-signaling.js';
import { MEDIA_TYPES, NO_SOURCES, union } from '../conference/source-set.js';

/** One medium of an offer: what the bridge allocates and the participant is told. */
export interface OfferedMedia {
  readonly type: MediaType;
  readonly payloadTypes: ReturnType<typeof payloadTypes>;
  readonly headerExtensions: ReturnType<typeof headerExtensions>;
}

export const offeredMedia = (features: ClientFeatures): OfferedMedia[] =>
  MEDIA_TYPES.filter((type) => features.media.has(type)).map((type) => ({
    type,
    payloadTypes: payloadTypes(type, features),
    headerExtensions: headerExtensions(type, features),
  }));

/** What a bridge gave for an endpoint. */
export interface BridgeTransport {
  readonly ice: IceTransport;
  /** SCTP port of the bridge channel; absent when no data channel was asked for. */
  readonly sctpPort?: number;
}

export interface OfferParts {
  readonly sid: string;
  /** Full JID of the focus. */
  readonly initiator: string;
  readonly features: ClientFeatures;
  readonly transport: BridgeTransport;
  readonly bridgeSession: { readonly id: string; readonly region?: string };
  readonly startMuted: { readonly audio: boolean; readonly video: boolean };
  /** Sources to announce, the bridge's own first (client contract 4.3). */
  readonly sources: SourcesByOwner;
}

const SCTP_STREAMS = 1024;
const SCTP_PROTOCOL = 'webrtc-datachannel';

/** The session-initiate for a participant; every content carries the whole transport (client contract 4.2). */
export const sessionInitiate = (parts: OfferParts): Jingle => {
  const { features, transport, startMuted } = parts;
  const all = features.jsonSources ? NO_SOURCES : everybodys(parts.sources);
  const contents = offeredMedia(features).map((media): JingleContent => ({
    name: media.type,
    creator: 'initiator',
    senders: 'both',
    description: {
      media: media.type,
      payloadTypes: media.payloadTypes,
      headerExtensions: media.headerExtensions,
      extmapAllowMixed: true,
      rtcpMux: true,
      sources: all[media.type],
    },
    transport: transport.ice,
  }));
  if (features.data && transport.sctpPort !== undefined) {
    contents.push({
      name: 'data',
      creator: 'initiator',
      senders: 'both',
      transport: transport.ice,
      sctpmap: { number: transport.sctpPort, streams: SCTP_STREAMS, protocol: SCTP_PROTOCOL },
    });
  }
  return {
    action: 'session-initiate',
    sid: parts.sid,
    initiator: parts.initiator,
    contents,
    bundle: contents.map((content) => content.name),
    bridgeSession: parts.bridgeSession,
    ...((startMuted.audio || startMuted.video) && { startMuted }),
    ...(features.jsonSources && { jsonSources: new Map(parts.sources) }),
  };
};

/** A source-add or source-remove, in the form that the receiver understands. */
export const sourceChange = (
  action: 'source-add' | 'source-remove',
  { sid, initiator, features }: Pick<OfferParts, 'sid' | 'initiator' | 'features'>,
  sources: SourcesByOwner,
): Jingle => {
  const jingle = { action, sid, initiator, contents: [], bundle: [] };
  if (features.jsonSources) return { ...jingle, jsonSources: new Map(sources) };
  const all = everybodys(sources);
  return {
    ...jingle,
    contents: MEDIA_TYPES.filter((media) => all[media].sources.length + all[media].groups.length > 0).map(
      (media): JingleContent => ({
        name: media,
        creator: 'initiator',
        senders: 'both',
        description: {
          media,
          payloadTypes: [],
          headerExtensions: [],
          extmapAllowMixed: false,
          rtcpMux: false,
          sources: all[media],
        },
      }),
    ),
  };
};

const everybodys = (sources: SourcesByOwner): SourceSet => [...sources.values()].reduce(union, NO_SOURCES);
