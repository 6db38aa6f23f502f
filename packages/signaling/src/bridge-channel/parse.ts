/** Text → message of the bridge channel. The peer is not trusted: whatever is malformed is a SignalingError. */
import { oneOf, present } from '../elements.js';
import {
  booleanOf,
  integerOf,
  type JsonRecord,
  listOf,
  optional,
  parseJson,
  recordOf,
  stringOf,
  stringsOf,
} from '../json.js';
import { maxSsrc } from '../media/sources.js';
import { SignalingError } from '../signaling-error.js';
import {
  type AudioSourceMapping,
  type BridgeMessage,
  type ColibriClass,
  type ReceiverAudioSubscription,
  type SourceVideoType,
  sourceVideoTypes,
  type VideoConstraints,
} from './messages.js';

/** Who wants no limit may name any number that the field of other bridges holds. */
const maxHeight = 0x7fffffff;
const maxFrameRate = 1000;
const maxLastN = 0x7fffffff;

type Reader<C extends ColibriClass> = (
  json: JsonRecord,
) => Omit<Extract<BridgeMessage, { colibriClass: C }>, 'colibriClass'>;

const heightOf = (value: unknown) => integerOf(value, -1, maxHeight, 'maxHeight');
/** Frames a second may be 29.97. */
function frameRateOf(value: unknown): number {
  if (typeof value === 'number' && value >= -1 && value <= maxFrameRate) return value;
  throw new SignalingError(`maxFrameRate must be a number from -1 to ${maxFrameRate}`);
}
const lastNOf = (value: unknown) => integerOf(value, -1, maxLastN, 'lastN');
const bitrateOf = (value: unknown) => integerOf(value, -1, Number.MAX_SAFE_INTEGER, 'a bit rate');

function constraintsOf(value: unknown): VideoConstraints {
  const constraints = recordOf(value, 'constraints');
  return present({
    maxHeight: heightOf(constraints['maxHeight']),
    maxFrameRate: optional(constraints['maxFrameRate'], frameRateOf),
  });
}

/** Case does not matter on the wire: bridges write `CAMERA`, clients `camera`. */
function videoTypeOf(value: unknown): SourceVideoType {
  return oneOf(stringOf(value, 'videoType').toLowerCase(), sourceVideoTypes, 'videoType');
}

function mappingOf(mapping: JsonRecord): AudioSourceMapping {
  return {
    source: stringOf(mapping['source'], 'source'),
    owner: stringOf(mapping['owner'], 'owner'),
    ssrc: integerOf(mapping['ssrc'], 1, maxSsrc, 'ssrc'),
  };
}

/** As clients said it before there were `all`, `include` and `exclude`: a mode, and a list of sources for two of the modes. */
function formerSubscriptionOf(json: JsonRecord): Omit<ReceiverAudioSubscription, 'colibriClass'> {
  const mode = oneOf(
    stringOf(json['mode'], 'mode').toLowerCase(),
    ['all', 'none', 'include', 'exclude'],
    'mode',
  );
  const list = optional(json['list'], (value) => stringsOf(value, 'list')) ?? [];
  return {
    all: mode === 'all' || mode === 'exclude',
    include: mode === 'include' ? list : [],
    exclude: mode === 'exclude' ? list : [],
  };
}

function subscriptionOf(json: JsonRecord): Omit<ReceiverAudioSubscription, 'colibriClass'> {
  if (json['mode'] !== undefined) return formerSubscriptionOf(json);
  return {
    all: optional(json['all'], (value) => booleanOf(value, 'all')) ?? false,
    include: optional(json['include'], (value) => stringsOf(value, 'include')) ?? [],
    exclude: optional(json['exclude'], (value) => stringsOf(value, 'exclude')) ?? [],
  };
}

const STATS_FIELDS: ReadonlySet<string> = new Set(['colibriClass', 'from']);
const MESSAGE_FIELDS: ReadonlySet<string> = new Set([...STATS_FIELDS, 'to', 'msgPayload']);

/** The fields that are for other endpoints alone; undefined when there are none. */
function othersOf(json: JsonRecord, own: ReadonlySet<string>): Readonly<Record<string, unknown>> | undefined {
  const others = Object.entries(json).filter(([key]) => !own.has(key));
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}

/** No retransmissions: -1, which some bridges write as a text. */
const rtxOf = (value: unknown) => (value === '-1' ? -1 : integerOf(value, -1, maxSsrc, 'rtx'));

const readers: { readonly [C in ColibriClass]: Reader<C> } = {
  AddReceiver: (json) => ({
    bridgeId: stringOf(json['bridgeId'], 'bridgeId'),
    sourceName: stringOf(json['sourceName'], 'sourceName'),
    videoConstraints: constraintsOf(json['videoConstraints']),
  }),
  AudioSourcesMap: (json) => ({
    mappedSources: listOf(json['mappedSources'], 'mappedSources').map((each) =>
      mappingOf(recordOf(each, 'a mapping')),
    ),
  }),
  ClientHello: () => ({}),
  ConnectionStats: (json) => ({ estimatedDownlinkBandwidth: bitrateOf(json['estimatedDownlinkBandwidth']) }),
  DominantSpeakerEndpointChangeEvent: (json) =>
    present({
      dominantSpeakerEndpoint: stringOf(json['dominantSpeakerEndpoint'], 'dominantSpeakerEndpoint'),
      previousSpeakers: optional(json['previousSpeakers'], (value) => stringsOf(value, 'previousSpeakers')),
      silence: optional(json['silence'], (value) => booleanOf(value, 'silence')),
    }),
  EndpointConnectivityStatusChangeEvent: (json) => ({
    endpoint: stringOf(json['endpoint'], 'endpoint'),
    active: oneOf(String(json['active']), ['true', 'false'], 'active') === 'true',
  }),
  EndpointMessage: (json) =>
    present({
      to: optional(json['to'], (value) => stringOf(value, 'to')),
      from: optional(json['from'], (value) => stringOf(value, 'from')),
      msgPayload: json['msgPayload'],
      others: othersOf(json, MESSAGE_FIELDS),
    }),
  EndpointStats: (json) =>
    present({
      from: optional(json['from'], (value) => stringOf(value, 'from')),
      stats: othersOf(json, STATS_FIELDS) ?? {},
    }),
  ForwardedSources: (json) => ({ forwardedSources: stringsOf(json['forwardedSources'], 'forwardedSources') }),
  LastNChangedEvent: (json) => ({ lastN: lastNOf(json['lastN']) }),
  ReceiverAudioSubscription: subscriptionOf,
  ReceiverVideoConstraints: (json) =>
    present({
      lastN: optional(json['lastN'], lastNOf),
      selectedSources: optional(json['selectedSources'], (value) => stringsOf(value, 'selectedSources')),
      onStageSources: optional(json['onStageSources'], (value) => stringsOf(value, 'onStageSources')),
      defaultConstraints: optional(json['defaultConstraints'], constraintsOf),
      constraints: optional(
        json['constraints'],
        (value) =>
          new Map(
            Object.entries(recordOf(value, 'constraints')).map(([name, each]) => [name, constraintsOf(each)]),
          ),
      ),
      assumedBandwidthBps: optional(json['assumedBandwidthBps'], bitrateOf),
    }),
  SenderSourceConstraints: (json) => ({
    sourceName: stringOf(json['sourceName'], 'sourceName'),
    maxHeight: heightOf(json['maxHeight']),
  }),
  ServerHello: (json) =>
    present({ version: optional(json['version'], (value) => stringOf(value, 'version')) }),
  SourceVideoTypeMessage: (json) =>
    present({
      endpointId: optional(json['endpointId'], (value) => stringOf(value, 'endpointId')),
      sourceName: stringOf(json['sourceName'], 'sourceName'),
      videoType: videoTypeOf(json['videoType']),
    }),
  SyntheticSourceSendingChangeEvent: (json) => ({
    sourceName: stringOf(json['sourceName'], 'sourceName'),
    sending: booleanOf(json['sending'], 'sending'),
    timestamp: integerOf(json['timestamp'], 0, 0xffffffff, 'timestamp'),
  }),
  VideoTypeMessage: (json) => ({ videoType: videoTypeOf(json['videoType']) }),
  VideoSourcesMap: (json) => ({
    mappedSources: listOf(json['mappedSources'], 'mappedSources').map((each) => {
      const mapping = recordOf(each, 'a mapping');
      return {
        ...mappingOf(mapping),
        rtx: rtxOf(mapping['rtx']),
        videoType: videoTypeOf(mapping['videoType']),
      };
    }),
  }),
};

/** Parses one text frame. Throws a SignalingError, also for a class that is not known: ignore those. */
export function parseBridgeMessage(text: string): BridgeMessage {
  const json = recordOf(parseJson(text), 'a message');
  const colibriClass = stringOf(json['colibriClass'], 'colibriClass');
  if (!Object.hasOwn(readers, colibriClass)) throw new SignalingError('the colibriClass is not known');
  const known = colibriClass as ColibriClass;
  return { colibriClass: known, ...readers[known](json) } as BridgeMessage;
}
