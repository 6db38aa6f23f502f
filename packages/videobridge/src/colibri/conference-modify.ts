/**
 * Colibri2: what the focus asks of conferences and endpoints, carried out at once and in the order of arrival. A request is
 * checked before anything of it is done, so that a refused one changes nothing.
 */
import {
  type ConferenceModified,
  type ConferenceModify,
  type ColibriErrorReason,
  encodeColibriError,
  type EndpointModified,
  type EndpointModify,
  type MediaSource,
  type RelayModified,
  type RelayModify,
  type StanzaCondition,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';

import { refuseConnects } from '../export/connects.js';
import type { Bridge } from '../conference/bridge.js';
import type { Conference } from '../conference/conference.js';
import type { Endpoint } from '../conference/endpoint.js';
import { modifyRelay, refuseRelay } from './modify-relay.js';

const SCTP_PORT = 5000;
/** The role of whoever only looks on. */
const VISITOR = 'visitor';

/** Makes the URLs of an endpoint's WebSockets; empty where none is offered. */
export type WebSocketUrls = (conference: Conference, endpoint: Endpoint) => readonly string[];

export function modifyConference(
  bridge: Bridge,
  request: ConferenceModify,
  webSocketUrls: WebSocketUrls,
): ConferenceModified | StanzaError {
  const { meetingId, name, create, expire, endpoints, relays = [], connects = [] } = request;
  if (name !== undefined && tryParseJid(name)?.resource !== undefined) {
    return stanzaError('bad-request', 'the name must be a bare JID');
  }
  const known = bridge.conferences.get(meetingId);
  if (create === true && known !== undefined) return refusal('conflict', 'conference_already_exists');
  if (create !== true && known === undefined) return refusal('item-not-found', 'conference_not_found');
  const refused =
    refuseRelays(known, endpoints, relays) ??
    refuseEndpoints(bridge, known, endpoints) ??
    refuseConnects(known?.exports.connects ?? new Map(), connects, bridge.limits.connectsPerConference);
  if (refused !== undefined) return refused;
  if (known === undefined && !bridge.admits) return refusal('service-unavailable', 'graceful_shutdown');
  if (known === undefined && bridge.full) return stanzaError('resource-constraint', 'too many conferences');

  const conference = known ?? bridge.createConference(meetingId, name);
  const modified: EndpointModified[] = [];
  for (const endpoint of endpoints) {
    const answer = modifyEndpoint(bridge, conference, endpoint, webSocketUrls);
    if ('condition' in answer) {
      // Only the creation of an endpoint can fail this late, and it has been undone.
      if (known === undefined) bridge.expireConference(conference, 'creation refused');
      return answer;
    }
    modified.push(answer);
  }
  const linked: RelayModified[] = [];

  for (const relay of relays) {
    const answer = modifyRelay(bridge, conference, relay);
    if ('condition' in answer) {
      if (known === undefined) bridge.expireConference(conference, 'creation refused');
      return answer;
    }
    linked.push(answer);
  }
  if (connects.length > 0) conference.changeConnects(connects);
  const created = create === true || endpoints.some((endpoint) => endpoint.create === true);
  const empty = conference.endpoints.size === 0 && conference.relays.size === 0;
  if (expire === true || (create !== true && empty)) {
    bridge.expireConference(conference, expire === true ? 'asked for' : 'empty');
  }
  return {
    endpoints: modified,
    ...(linked.length > 0 && { relays: linked }),
    sources: created ? feedbackSources(conference) : [],
  };
}

function refusal(condition: StanzaCondition, reason: ColibriErrorReason, endpoint?: string): StanzaError {
  const error = endpoint === undefined ? { reason } : { reason, endpoint };
  return stanzaError(condition, undefined, ...encodeColibriError(error));
}

function changes({ create, media, transport, sources }: EndpointModify): boolean {
  return create === true || media.length > 0 || transport !== undefined || sources !== undefined;
}

function refuseRelays(
  conference: Conference | undefined,
  endpoints: readonly EndpointModify[],
  relays: readonly RelayModify[],
): StanzaError | undefined {
  if (relays.length > 1 || (relays.length > 0 && endpoints.length > 0)) {
    return refusal('feature-not-implemented', 'feature_not_implemented');
  }
  return relays[0] && refuseRelay(conference, relays[0]);
}

/** What is wrong with the request as a whole or with one of its endpoints, before anything is done. */
function refuseEndpoints(
  bridge: Bridge,
  conference: Conference | undefined,
  endpoints: readonly EndpointModify[],
): StanzaError | undefined {
  if (endpoints.length > 1 && endpoints.some(changes)) {
    return refusal('feature-not-implemented', 'feature_not_implemented');
  }
  for (const request of endpoints) {
    const known = conference?.endpoints.get(request.id);
    if ((known?.visitor ?? request.mucRole === VISITOR) && (request.sources ?? []).length > 0)
      return stanzaError('bad-request', 'a visitor has no sources');
    const refused =
      request.create === true
        ? refuseCreation(bridge, conference, request, known)
        : // Expiry and muting of an endpoint that is gone already are answered as if it had just gone.
          known === undefined && changes(request)
          ? refusal('item-not-found', 'unknown_endpoint', request.id)
          : undefined;
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function refuseCreation(
  bridge: Bridge,
  conference: Conference | undefined,
  request: EndpointModify,
  known: Endpoint | undefined,
): StanzaError | undefined {
  if (known !== undefined) return stanzaError('conflict', 'the endpoint exists');
  const { transport, capabilities } = request;
  if (transport === undefined) return stanzaError('bad-request', 'an endpoint needs a transport');
  if (!capabilities.includes('source-names')) return stanzaError('bad-request', 'source-names is required');
  if (transport.sctp?.role === 'client')
    return stanzaError('feature-not-implemented', 'the SCTP role must be server');
  if (transport.sctp?.port !== undefined && transport.sctp.port !== SCTP_PORT) {
    return stanzaError('bad-request', `the SCTP port must be ${SCTP_PORT}`);
  }
  if ((conference?.endpoints.size ?? 0) >= bridge.limits.endpointsPerConference) {
    return stanzaError('resource-constraint', 'too many endpoints');
  }
  return undefined;
}

function modifyEndpoint(
  bridge: Bridge,
  conference: Conference,
  request: EndpointModify,
  webSocketUrls: WebSocketUrls,
): EndpointModified | StanzaError {
  const { id } = request;
  if (request.expire === true) {
    conference.expireEndpoint(id, 'asked for');
    return { id, expire: true };
  }
  const endpoint =
    request.create === true
      ? conference.createEndpoint(id, {
          dataChannels: request.transport?.sctp !== undefined,
          ssrcRewriting: request.capabilities.includes('ssrc-rewriting'),
          visitor: request.mucRole === VISITOR,
          initialLastN: request.initialLastN,
        })
      : conference.endpoints.get(id);
  if (endpoint === undefined) return { id };
  const refused = applyChanges(conference, endpoint, request);
  if (refused !== undefined) {
    if (request.create === true) conference.expireEndpoint(id, 'creation refused');
    return refused;
  }
  if (request.create !== true && !restarts(endpoint, request)) return { id };
  return {
    id,
    transport: {
      ice: bridge.describeTransport(endpoint, webSocketUrls(conference, endpoint)),
      ...(request.transport?.sctp === undefined
        ? {}
        : { sctp: { role: 'server', port: SCTP_PORT } as const }),
    },
  };
}

/** Whether the endpoint is to be described anew: it was asked for an ICE restart, and that is begun, or there is nothing to restart yet. */
const restarts = (endpoint: Endpoint, { transport }: EndpointModify): boolean =>
  transport?.iceRestart === true && endpoint.transport.restartIce() !== 'unavailable';

/** Applies what may be refused first: each step either happens wholly or not at all. */
function applyChanges(
  conference: Conference,
  endpoint: Endpoint,
  request: EndpointModify,
): StanzaError | undefined {
  const { media, transport, sources, forceMute } = request;
  if (sources !== undefined) {
    const refused = conference.setSources(endpoint, sources);
    if (refused === 'too-many-sources') return stanzaError('resource-constraint', 'too many sources');
    if (refused === 'ssrc-in-use') return stanzaError('conflict', 'an SSRC is in use');
  }
  if (transport?.ice !== undefined) {
    const refused = endpoint.setRemote(transport.ice);
    if (refused !== undefined) return stanzaError('bad-request', refused);
  }
  endpoint.formats.add(media);
  if (request.diarize !== undefined) endpoint.diarize = request.diarize;
  if (forceMute !== undefined) Object.assign(endpoint.ingress.muted, forceMute);
  return undefined;
}

/** The sources under which the bridge's own RTCP comes, announced to every client. */
function feedbackSources({ feedback }: Conference): MediaSource[] {
  return (['audio', 'video'] as const).map((type) => {
    const name = `jvb-${type === 'audio' ? 'a' : 'v'}0`;
    return { type, id: name, sources: [{ ssrc: feedback[type], name }], groups: [] };
  });
}
