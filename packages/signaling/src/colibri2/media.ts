/** What Colibri2 requests and answers share: media with their formats, named sources, and an endpoint's transport. */
import {
  type Element,
  attribute,
  booleanAttribute,
  el,
  integerAttribute,
  oneOf,
  present,
  requiredAttribute,
} from '../elements.js';
import { decodeFormats, encodeFormats, type MediaFormats } from '../media/formats.js';
import { decodeIceTransport, encodeIceTransport } from '../media/ice-transport.js';
import { decodeMediaSources, encodeMediaSources } from '../media/sources.js';
import { requireToken } from '../media/text.js';
import type { IceTransport, MediaSources, MediaType } from '../media/types.js';
import { NS } from '../namespaces.js';

/** The formats of one medium that an endpoint can receive and send. */
export interface ColibriMedia extends MediaFormats {
  readonly type: MediaType;
}

/** One named source with its SSRCs; `id` is the source name. */
export interface MediaSource extends MediaSources {
  readonly type: MediaType;
  readonly id: string;
  /** Its media come from a service of the bridge (a translation), not from the endpoint. */
  readonly synthetic?: true;
}

/** The transport of an endpoint: asked for (`sctp` wanted), described by the peer, or allocated by the bridge. */
export interface ColibriTransport {
  /** Whether the bridge takes the controlling role (RFC 8445 s.6.1.1). */
  readonly iceControlling?: boolean;
  /** Whether it gets a port of its own (relays). */
  readonly useUniquePort?: boolean;
  /** The endpoint is to have new ICE credentials, in place. */
  readonly iceRestart?: boolean;
  readonly sctp?: { readonly role?: 'client' | 'server'; readonly port?: number };
  readonly ice?: IceTransport;
}

const mediaTypes = ['audio', 'video'] as const;

export function encodeColibriMedia(media: ColibriMedia): Element {
  return el('media', { type: media.type }, encodeFormats(media, NS.rtp));
}

export function decodeColibriMedia(element: Element): ColibriMedia {
  return {
    type: oneOf(attribute(element, 'type'), mediaTypes, 'type of <media>'),
    ...decodeFormats(element),
  };
}

/** `<sources/>` with one `<media-source/>` a name; empty when there are none, which says "none any more". */
export function encodeColibriSources(sources: readonly MediaSource[]): Element {
  return el(
    'sources',
    {},
    sources.map((source) =>
      el(
        'media-source',
        { type: source.type, id: source.id, synthetic: source.synthetic },
        encodeMediaSources(source),
      ),
    ),
  );
}

export function decodeColibriSources(element: Element): MediaSource[] {
  return element.getChildren('media-source', NS.colibri2).map((source) => ({
    type: oneOf(attribute(source, 'type'), mediaTypes, 'type of <media-source>'),
    id: requireToken(requiredAttribute(source, 'id'), 'id of <media-source>'),
    ...(booleanAttribute(source, 'synthetic') && { synthetic: true }),
    ...decodeMediaSources(source),
  }));
}

export function encodeColibriTransport(transport: ColibriTransport): Element {
  return el(
    'transport',
    {
      'ice-controlling': transport.iceControlling,
      'use-unique-port': transport.useUniquePort,
      'ice-restart': transport.iceRestart,
    },
    transport.ice && encodeIceTransport(transport.ice),
    transport.sctp && el('sctp', { ...transport.sctp }),
  );
}

export function decodeColibriTransport(element: Element): ColibriTransport {
  const ice = element.getChild('transport', NS.iceUdp);
  const sctp = element.getChild('sctp', NS.colibri2);
  const role = sctp && attribute(sctp, 'role');
  return present({
    iceControlling: booleanAttribute(element, 'ice-controlling'),
    useUniquePort: booleanAttribute(element, 'use-unique-port'),
    iceRestart: booleanAttribute(element, 'ice-restart'),
    sctp:
      sctp &&
      present({
        role: role === undefined ? undefined : oneOf(role, ['client', 'server'], 'role of <sctp>'),
        port: integerAttribute(sctp, 'port', 0, 65535),
      }),
    ice: ice && decodeIceTransport(ice),
  });
}
