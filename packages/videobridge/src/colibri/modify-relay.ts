/** Colibri2: what the focus asks of the relays of a conference, i.e. of its links to other bridges. */
import { type RelayModified, type RelayModify, type StanzaError, stanzaError } from '@conclave/signaling';

import type { Bridge } from '../conference/bridge.js';
import type { Conference } from '../conference/conference.js';
import type { Relay } from '../relay/relay.js';

const SCTP_PORT = 5000;

/** What is wrong with the request, before anything is done. */
export function refuseRelay(
  conference: Conference | undefined,
  { id, create, expire, transport, meshId }: RelayModify,
): StanzaError | undefined {
  const known = conference?.relays.get(id);
  if (create !== true) {
    return known === undefined && expire !== true ? stanzaError('bad-request', 'unknown relay') : undefined;
  }
  if (known !== undefined) return stanzaError('conflict', 'the relay exists');
  if (transport === undefined || meshId === undefined) {
    return stanzaError('bad-request', 'a relay needs a transport and a mesh');
  }
  const { sctp } = transport;
  if (sctp === undefined)
    return stanzaError('feature-not-implemented', 'the channel between bridges is SCTP');
  if (sctp.port !== undefined && sctp.port !== SCTP_PORT) {
    return stanzaError('bad-request', `the SCTP port must be ${SCTP_PORT}`);
  }
  return undefined;
}

/** Carries out a request that was not refused. */
export function modifyRelay(
  bridge: Bridge,
  conference: Conference,
  request: RelayModify,
): RelayModified | StanzaError {
  const { id, create, expire, transport, media, endpoints, meshId = '' } = request;
  if (expire === true) {
    conference.relays.expire(id, 'asked for');
    return { id, expire: true };
  }
  const initiates = transport?.sctp?.role === 'client';
  const relay =
    create === true ? conference.relays.create(id, { meshId, initiates }) : conference.relays.get(id);
  if (relay === undefined) return { id };
  const refused = transport?.ice === undefined ? undefined : relay.setRemote(transport.ice);
  if (refused !== undefined) {
    if (create === true) conference.relays.expire(id, 'creation refused');
    return stanzaError('bad-request', refused);
  }
  conference.relays.update(relay, media, endpoints);
  return create === true ? described(bridge, relay) : { id };
}

function described(bridge: Bridge, relay: Relay): RelayModified {
  const role = relay.options.initiates ? 'client' : 'server';
  return {
    id: relay.id,
    transport: { ice: bridge.describeLink(relay), sctp: { role, port: SCTP_PORT } },
  };
}
