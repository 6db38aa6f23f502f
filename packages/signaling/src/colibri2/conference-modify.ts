/** Colibri2 requests: what the focus wants of a conference, its endpoints and its relays on one bridge. */
import { type Element, attribute, booleanAttribute, el, present, requiredAttribute } from '../elements.js';
import { requireToken } from '../media/text.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import { type Connect, decodeConnects, encodeConnects } from './connect.js';
import { decodeEndpoint, encodeEndpoint, type EndpointModify, flag } from './endpoint.js';
import { decodeRelay, encodeRelay, type RelayModify } from './relay.js';

export interface ConferenceModify {
  /** The conference, unique for all time. */
  readonly meetingId: string;
  /** Bare JID of the room. */
  readonly name?: string;
  readonly create?: boolean;
  readonly expire?: boolean;
  /** Whether the bridge may give statistics of this conference to others; absent: it may. */
  readonly rtcStats?: boolean;
  readonly endpoints: readonly EndpointModify[];
  /** Links to other bridges; absent when there is nothing to say of them. */
  readonly relays?: readonly RelayModify[];
  /** Services that get the conference's sound; absent when there is nothing to say of them. */
  readonly connects?: readonly Connect[];
}

export function encodeConferenceModify(request: ConferenceModify): Element {
  return el(
    'conference-modify',
    {
      xmlns: NS.colibri2,
      'meeting-id': request.meetingId,
      name: request.name,
      create: flag(request.create),
      expire: flag(request.expire),
      'rtcstats-enabled': request.rtcStats === false ? false : undefined,
    },
    request.endpoints.map(encodeEndpoint),
    request.relays?.map(encodeRelay),
    request.connects && encodeConnects(request.connects),
  );
}

/** Reads `<conference-modify/>`. Throws a SignalingError. */
export function decodeConferenceModify(element: Element): ConferenceModify {
  if (!element.is('conference-modify', NS.colibri2)) throw new SignalingError('not a conference-modify');
  const relays = element.getChildren('relay', NS.colibri2).map(decodeRelay);
  const connects = element.getChild('connects', NS.colibri2);
  return present({
    meetingId: requireToken(requiredAttribute(element, 'meeting-id'), 'meeting-id'),
    name: attribute(element, 'name'),
    create: flag(booleanAttribute(element, 'create')),
    expire: flag(booleanAttribute(element, 'expire')),
    rtcStats: booleanAttribute(element, 'rtcstats-enabled') === false ? false : undefined,
    endpoints: element.getChildren('endpoint', NS.colibri2).map(decodeEndpoint),
    relays: relays.length > 0 ? relays : undefined,
    connects: connects && decodeConnects(connects),
  });
}
