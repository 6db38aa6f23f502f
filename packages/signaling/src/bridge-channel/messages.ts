/**
 * The messages of the bridge channel, one JSON object each, told apart by `colibriClass`. Towards the bridge: what an
 * endpoint wants and sends. Towards the endpoint: what it gets, and what of its own is wanted.
 */

/** How high a video may be, in lines, and how many frames it may have a second; 0: do not send, -1 (or absent): no limit. */
export interface VideoConstraints {
  readonly maxHeight: number;
  readonly maxFrameRate?: number;
}

/** Endpoint to bridge. Absent fields keep their former value. */
export interface ReceiverVideoConstraints {
  readonly colibriClass: 'ReceiverVideoConstraints';
  /** -1: no limit. */
  readonly lastN?: number;
  /** Source names, most wanted first. */
  readonly selectedSources?: readonly string[];
  readonly onStageSources?: readonly string[];
  readonly defaultConstraints?: VideoConstraints;
  /** By source name. */
  readonly constraints?: ReadonlyMap<string, VideoConstraints>;
  /** Bits a second. */
  readonly assumedBandwidthBps?: number;
}

export interface LastNChangedEvent {
  readonly colibriClass: 'LastNChangedEvent';
  readonly lastN: number;
}

export interface ReceiverAudioSubscription {
  readonly colibriClass: 'ReceiverAudioSubscription';
  readonly all: boolean;
  /** Source names. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const sourceVideoTypes = ['camera', 'desktop', 'desktop_high_fps', 'disabled', 'none'] as const;
export type SourceVideoType = (typeof sourceVideoTypes)[number];

/** Endpoint to bridge; `none` is a muted source. */
export interface SourceVideoTypeMessage {
  readonly colibriClass: 'SourceVideoTypeMessage';
  /** Whose source it is: between bridges only. */
  readonly endpointId?: string;
  readonly sourceName: string;
  readonly videoType: SourceVideoType;
}

/** Endpoint to bridge, of older clients: about its first video source. */
export interface VideoTypeMessage {
  readonly colibriClass: 'VideoTypeMessage';
  readonly videoType: SourceVideoType;
}

export interface ClientHello {
  readonly colibriClass: 'ClientHello';
}

export interface ServerHello {
  readonly colibriClass: 'ServerHello';
  readonly version?: string;
}

/** Between endpoints, through the bridge, which writes `from`. */
export interface EndpointMessage {
  readonly colibriClass: 'EndpointMessage';
  /** Endpoint id; empty or absent: all others. */
  readonly to?: string;
  readonly from?: string;
  /** Whatever the clients agree on. */
  readonly msgPayload?: unknown;
  /** All other fields, which bridges pass on as well. */
  readonly others?: Readonly<Record<string, unknown>>;
}

/** An endpoint's statistics for the others; the bridge writes `from`. */
export interface EndpointStats {
  readonly colibriClass: 'EndpointStats';
  readonly from?: string;
  /** `bitrate`, `packetLoss`, `connectionQuality` and whatever else the clients agree on. */
  readonly stats: Readonly<Record<string, unknown>>;
}

/** Bridge to endpoint: how high the video that it sends needs to be. */
export interface SenderSourceConstraints {
  readonly colibriClass: 'SenderSourceConstraints';
  readonly sourceName: string;
  readonly maxHeight: number;
}

/** Bridge to endpoint: the complete set of video sources that it gets. */
export interface ForwardedSources {
  readonly colibriClass: 'ForwardedSources';
  readonly forwardedSources: readonly string[];
}

export interface DominantSpeakerEndpointChangeEvent {
  readonly colibriClass: 'DominantSpeakerEndpointChangeEvent';
  readonly dominantSpeakerEndpoint: string;
  /** Endpoint ids, latest first. */
  readonly previousSpeakers?: readonly string[];
  readonly silence?: boolean;
}

/** `active` is a text on the wire. */
export interface EndpointConnectivityStatusChangeEvent {
  readonly colibriClass: 'EndpointConnectivityStatusChangeEvent';
  readonly endpoint: string;
  readonly active: boolean;
}

export interface ConnectionStats {
  readonly colibriClass: 'ConnectionStats';
  /** Bits a second. */
  readonly estimatedDownlinkBandwidth: number;
}

export interface AudioSourceMapping {
  readonly source: string;
  readonly owner: string;
  readonly ssrc: number;
}

export interface VideoSourceMapping extends AudioSourceMapping {
  /** -1: no retransmissions. */
  readonly rtx: number;
  readonly videoType: SourceVideoType;
}

/** Bridge to endpoint: which source is behind which SSRC from now on. */
export interface AudioSourcesMap {
  readonly colibriClass: 'AudioSourcesMap';
  readonly mappedSources: readonly AudioSourceMapping[];
}

export interface VideoSourcesMap {
  readonly colibriClass: 'VideoSourcesMap';
  readonly mappedSources: readonly VideoSourceMapping[];
}

/** Bridge to bridge: how high a source needs to be that comes from there; 0: nobody here watches it. */
export interface AddReceiver {
  readonly colibriClass: 'AddReceiver';
  /** Relay id of the bridge that says so. */
  readonly bridgeId: string;
  readonly sourceName: string;
  readonly videoConstraints: VideoConstraints;
}

/** Bridge to endpoint, and bridge to bridge: a service has begun (or ceased) to send what it makes of a source, such as a translation. */
export interface SyntheticSourceSendingChangeEvent {
  readonly colibriClass: 'SyntheticSourceSendingChangeEvent';
  readonly sourceName: string;
  readonly sending: boolean;
  /** On the source's RTP clock, 32 bits. */
  readonly timestamp: number;
}

export type BridgeMessage =
  | AddReceiver
  | AudioSourcesMap
  | ClientHello
  | ConnectionStats
  | DominantSpeakerEndpointChangeEvent
  | EndpointConnectivityStatusChangeEvent
  | EndpointMessage
  | EndpointStats
  | ForwardedSources
  | LastNChangedEvent
  | ReceiverAudioSubscription
  | ReceiverVideoConstraints
  | SenderSourceConstraints
  | ServerHello
  | SourceVideoTypeMessage
  | SyntheticSourceSendingChangeEvent
  | VideoTypeMessage
  | VideoSourcesMap;

export type ColibriClass = BridgeMessage['colibriClass'];
