/** An endpoint in Colibri2 requests: of the bridge itself, or behind a relay. */
import {
  type Element,
  attribute,
  booleanAttribute,
  el,
  present,
  requiredAttribute,
  requiredInteger,
} from '../elements.js';
import { requireToken } from '../media/text.js';
import { NS } from '../namespaces.js';
import {
  type ColibriMedia,
  type ColibriTransport,
  decodeColibriMedia,
  decodeColibriSources,
  decodeColibriTransport,
  encodeColibriMedia,
  encodeColibriSources,
  encodeColibriTransport,
  type MediaSource,
} from './media.js';

/** Media that the bridge does not take from an endpoint. */
export interface ForceMute {
  readonly audio: boolean;
  readonly video: boolean;
}

export interface EndpointModify {
  /** Endpoint id (= MUC nickname). */
  readonly id: string;
  readonly create?: boolean;
  readonly expire?: boolean;
  readonly statsId?: string;
  /** `visitor` marks an endpoint that only receives. */
  readonly mucRole?: string;
  /** Whether who transcribes it shall tell several voices in its sound apart. */
  readonly diarize?: boolean;
  /** Formats to add or overwrite. */
  readonly media: readonly ColibriMedia[];
  readonly transport?: ColibriTransport;
  /** The complete current set of the endpoint's sources; absent: unchanged. */
  readonly sources?: readonly MediaSource[];
  readonly forceMute?: ForceMute;
  /** -1 for all. */
  readonly initialLastN?: number;
  /** E.g. `source-names`, which is mandatory on creation. */
  readonly capabilities: readonly string[];
}

/** Only the affirmative is written: `false` is the default of all such attributes. */
export const flag = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

export function encodeEndpoint(endpoint: EndpointModify): Element {
  const { forceMute } = endpoint;
  return el(
    'endpoint',
    {
      id: endpoint.id,
      create: flag(endpoint.create),
      expire: flag(endpoint.expire),
      'stats-id': endpoint.statsId,
      'muc-role': endpoint.mucRole,
      diarize: flag(endpoint.diarize),
    },
    endpoint.media.map(encodeColibriMedia),
    endpoint.transport && encodeColibriTransport(endpoint.transport),
    endpoint.sources && encodeColibriSources(endpoint.sources),
    forceMute && el('force-mute', { audio: flag(forceMute.audio), video: flag(forceMute.video) }),
    endpoint.initialLastN === undefined ? undefined : el('initial-last-n', { value: endpoint.initialLastN }),
    endpoint.capabilities.map((name) => el('capability', { name })),
  );
}

export function decodeEndpoint(element: Element): EndpointModify {
  const transport = element.getChild('transport', NS.colibri2);
  const sources = element.getChild('sources', NS.colibri2);
  const forceMute = element.getChild('force-mute', NS.colibri2);
  const initialLastN = element.getChild('initial-last-n', NS.colibri2);
  return present({
    id: requireToken(requiredAttribute(element, 'id'), 'id of <endpoint>'),
    create: flag(booleanAttribute(element, 'create')),
    expire: flag(booleanAttribute(element, 'expire')),
    statsId: attribute(element, 'stats-id'),
    mucRole: attribute(element, 'muc-role'),
    diarize: flag(booleanAttribute(element, 'diarize')),
    media: element.getChildren('media', NS.colibri2).map(decodeColibriMedia),
    transport: transport && decodeColibriTransport(transport),
    sources: sources && decodeColibriSources(sources),
    forceMute: forceMute && {
      audio: booleanAttribute(forceMute, 'audio') ?? false,
      video: booleanAttribute(forceMute, 'video') ?? false,
    },
    initialLastN: initialLastN && requiredInteger(initialLastN, 'value', -1, 65535),
    capabilities: element
      .getChildren('capability', NS.colibri2)
      .map((capability) => requiredAttribute(capability, 'name')),
  });
}
