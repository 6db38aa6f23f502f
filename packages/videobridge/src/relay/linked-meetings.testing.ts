/** Meetings on several bridges that are linked as the focus links them, with Alice on one and Bob on another. */
import {
  type ConferenceModified,
  type Fingerprint,
  type IceTransport,
  isStanzaError,
  type MediaSource,
  type RelayModify,
} from '@conclave/signaling';

import { modifyConference } from '../colibri/conference-modify.js';
import {
  audioSource,
  MEDIA,
  type Meeting,
  type Member,
  OPUS,
  rtpPacket,
  videoSource,
  VP8,
} from '../conference/meeting.testing.js';
import type { Relay } from './relay.js';

export const alice = [audioSource('alice', 11), videoSource('alice', 12, 13)];
export const bob = [audioSource('bob', 21), videoSource('bob', 22, 23)];
export const audio = (ssrc: number, sequence: number): Buffer =>
  rtpPacket({ payloadType: OPUS, ssrc, sequence });
export const video = (ssrc: number, sequence: number): Buffer =>
  rtpPacket({ payloadType: VP8, ssrc, sequence });

/** Asks a bridge for a relay, or to change one. @throws Error with the condition of a refusal */
export function ask(
  { bridge }: Meeting,
  relay: Omit<RelayModify, 'media' | 'endpoints'> & Partial<RelayModify>,
) {
  const relays = [{ media: [], endpoints: [], ...relay }];
  const answer = modifyConference(bridge, { meetingId: 'meeting', endpoints: [], relays }, () => []);
  if (isStanzaError(answer)) throw new Error(`refused: ${answer.condition} ${answer.text ?? ''}`);
  return answer;
}

/** How a relay is to be reached, as the bridge answers. */
export function transportOf({ relays }: ConferenceModified): IceTransport {
  const ice = relays?.[0]?.transport?.ice;
  if (ice === undefined) throw new Error('no transport');
  return ice;
}
const withSetup = (ice: IceTransport, setup: Fingerprint['setup']): IceTransport => ({
  ...ice,
  fingerprints: ice.fingerprints.map((fingerprint) => ({ ...fingerprint, setup })),
});

function relayTo({ bridge }: Meeting, at: Meeting): Relay {
  const relay = at.conference.relays.get(bridge.relayId);
  if (relay === undefined) throw new Error('no relay');
  return relay;
}

/** Links two bridges as the focus does. */
export function link(initiator: Meeting, responder: Meeting, meshId = '0'): [Relay, Relay] {
  const create = (at: Meeting, peer: Meeting, role: 'client' | 'server') =>
    transportOf(
      ask(at, {
        id: peer.bridge.relayId,
        create: true,
        meshId,
        media: MEDIA,
        transport: { useUniquePort: true, iceControlling: role === 'client', sctp: { role } },
      }),
    );
  const first = create(initiator, responder, 'client');
  const second = create(responder, initiator, 'server');
  ask(initiator, { id: responder.bridge.relayId, transport: { ice: withSetup(second, 'active') } });
  ask(responder, { id: initiator.bridge.relayId, transport: { ice: withSetup(first, 'passive') } });
  return [relayTo(responder, initiator), relayTo(initiator, responder)];
}

/** Tells `at` that an endpoint is on `behind`. */
export const announce = (at: Meeting, behind: Meeting, id: string, sources: readonly MediaSource[]) =>
  ask(at, {
    id: behind.bridge.relayId,
    endpoints: [{ id, create: true, media: [], sources, capabilities: ['source-names'] }],
  });

/** Alice on the first bridge and Bob on the second, linked; each has been told of the other. */
export async function aliceAndBob(
  one: Meeting,
  two: Meeting,
): Promise<{ a: Member; b: Member; links: [Relay, Relay] }> {
  const links = link(one, two);
  const [a, b] = await Promise.all([one.join('alice', alice), two.join('bob', bob)]);
  announce(two, one, 'alice', alice);
  announce(one, two, 'bob', bob);
  await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
  return { a, b, links };
}

/** How high a source is to be sent by its sender, for all who watch it. */
const wanted = (meeting: Meeting, name: string): number | undefined =>
  meeting.conference.localSources.flatMap((source) =>
    source.type === 'video' && source.name === name ? [source.maxHeight] : [],
  )[0];

/** Resolves when what is wanted of a source has come round to its sender's bridge. */
export const isWanted = (meeting: Meeting, name: string, height: number) =>
  meeting.until(() => wanted(meeting, name) === height);
