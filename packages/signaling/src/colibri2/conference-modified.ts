/** Colibri2 answers: what the bridge allocated, and why it refused. */
import { type Element, attribute, booleanAttribute, el, present, requiredAttribute } from '../elements.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import type { StanzaError } from '../stanza-error.js';
import {
  type ColibriTransport,
  decodeColibriSources,
  decodeColibriTransport,
  encodeColibriSources,
  encodeColibriTransport,
  type MediaSource,
} from './media.js';
import { decodeRelayModified, encodeRelayModified, type RelayModified } from './relay.js';

export interface EndpointModified {
  readonly id: string;
  readonly expire?: boolean;
  readonly transport?: ColibriTransport;
}

export interface ConferenceModified {
  readonly endpoints: readonly EndpointModified[];
  /** What became of relays; absent when none was asked for. */
  readonly relays?: readonly RelayModified[];
  /** The bridge's own feedback sources; empty unless something was created. */
  readonly sources: readonly MediaSource[];
}

export function encodeConferenceModified(answer: ConferenceModified): Element {
  return el(
    'conference-modified',
    { xmlns: NS.colibri2 },
    answer.endpoints.map(({ id, expire, transport }) =>
      el(
        'endpoint',
        { id, expire: expire === true ? true : undefined },
        transport && encodeColibriTransport(transport),
      ),
    ),
    answer.relays?.map(encodeRelayModified),
    answer.sources.length === 0 ? undefined : encodeColibriSources(answer.sources),
  );
}

/** Reads `<conference-modified/>`. Throws a SignalingError. */
export function decodeConferenceModified(element: Element): ConferenceModified {
  if (!element.is('conference-modified', NS.colibri2)) throw new SignalingError('not a conference-modified');
  const sources = element.getChild('sources', NS.colibri2);
  const relays = element.getChildren('relay', NS.colibri2).map(decodeRelayModified);
  return present({
    endpoints: element.getChildren('endpoint', NS.colibri2).map((endpoint) => {
      const transport = endpoint.getChild('transport', NS.colibri2);
      return present({
        id: requiredAttribute(endpoint, 'id'),
        expire: booleanAttribute(endpoint, 'expire') === true ? true : undefined,
        transport: transport && decodeColibriTransport(transport),
      });
    }),
    relays: relays.length > 0 ? relays : undefined,
    sources: sources === undefined ? [] : decodeColibriSources(sources),
  });
}

const reasons = [
  'conference_not_found',
  'conference_already_exists',
  'feature_not_implemented',
  'graceful_shutdown',
  'unknown_endpoint',
  'unspecified',
] as const;
export type ColibriErrorReason = (typeof reasons)[number];

/** Why the bridge refused. Its absence in a stanza error means that the error is not the bridge's own. */
export interface ColibriError {
  readonly reason: ColibriErrorReason;
  /** The endpoint that is not known. */
  readonly endpoint?: string;
}

/** The application conditions of a stanza error that say `error`. */
export function encodeColibriError(error: ColibriError): Element[] {
  return [
    el('error', { xmlns: NS.colibri2, reason: error.reason }),
    ...(error.endpoint === undefined ? [] : [el('endpoint', { xmlns: NS.colibri2, id: error.endpoint })]),
  ];
}

/** The Colibri2 reason within a stanza error; undefined when there is none. An unknown reason is `unspecified`. */
export function decodeColibriError(error: StanzaError): ColibriError | undefined {
  const application = error.application ?? [];
  const element = application.find((child) => child.is('error', NS.colibri2));
  if (element === undefined) return undefined;
  const endpoint = application.find((child) => child.is('endpoint', NS.colibri2));
  const reason = attribute(element, 'reason')?.toLowerCase();
  return present({
    reason: reasons.find((candidate) => candidate === reason) ?? 'unspecified',
    endpoint: endpoint && attribute(endpoint, 'id'),
  });
}
