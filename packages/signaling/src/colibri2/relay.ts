/** Relays in Colibri2: how a bridge exchanges the media of a conference with another bridge, and who is behind that one. */
import { type Element, attribute, booleanAttribute, el, present, requiredAttribute } from '../elements.js';
import { requireToken } from '../media/text.js';
import { NS } from '../namespaces.js';
import { decodeEndpoint, encodeEndpoint, type EndpointModify, flag } from './endpoint.js';
import {
  type ColibriMedia,
  type ColibriTransport,
  decodeColibriMedia,
  decodeColibriTransport,
  encodeColibriMedia,
  encodeColibriTransport,
} from './media.js';

export interface RelayModify {
  /** Relay id of the other bridge. */
  readonly id: string;
  readonly create?: boolean;
  readonly expire?: boolean;
  /** The mesh it is part of: what comes from a mesh is not sent into it again. */
  readonly meshId?: string;
  readonly media: readonly ColibriMedia[];
  readonly transport?: ColibriTransport;
  /** Endpoints of the other bridge: all of them on creation, later those of which something has changed. */
  readonly endpoints: readonly EndpointModify[];
}

export interface RelayModified {
  readonly id: string;
  readonly expire?: boolean;
  readonly transport?: ColibriTransport;
}

export function encodeRelay(relay: RelayModify): Element {
  return el(
    'relay',
    {
      id: relay.id,
      'mesh-id': relay.meshId,
      create: flag(relay.create),
      expire: flag(relay.expire),
    },
    relay.media.map(encodeColibriMedia),
    relay.transport && encodeColibriTransport(relay.transport),
    relay.endpoints.length === 0 ? undefined : el('endpoints', {}, relay.endpoints.map(encodeEndpoint)),
  );
}

/** Throws a SignalingError. */
export function decodeRelay(element: Element): RelayModify {
  const transport = element.getChild('transport', NS.colibri2);
  const endpoints = element.getChild('endpoints', NS.colibri2);
  return present({
    id: requireToken(requiredAttribute(element, 'id'), 'id of <relay>'),
    create: flag(booleanAttribute(element, 'create')),
    expire: flag(booleanAttribute(element, 'expire')),
    meshId: attribute(element, 'mesh-id'),
    media: element.getChildren('media', NS.colibri2).map(decodeColibriMedia),
    transport: transport && decodeColibriTransport(transport),
    endpoints: endpoints?.getChildren('endpoint', NS.colibri2).map(decodeEndpoint) ?? [],
  });
}

export function encodeRelayModified({ id, expire, transport }: RelayModified): Element {
  return el('relay', { id, expire: flag(expire) }, transport && encodeColibriTransport(transport));
}

/** Throws a SignalingError. */
export function decodeRelayModified(element: Element): RelayModified {
  const transport = element.getChild('transport', NS.colibri2);
  return present({
    id: requireToken(requiredAttribute(element, 'id'), 'id of <relay>'),
    expire: flag(booleanAttribute(element, 'expire')),
    transport: transport && decodeColibriTransport(transport),
  });
}
