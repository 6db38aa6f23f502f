/**
 * Conference requests (client contract 2): what a client asks the focus before it enters a room. The authority judges
 * first; only then anything is created, and the answer is given once the focus is in the room.
 */
import {
  attribute,
  type ConferenceRequest,
  decodeConferenceRequest,
  type Element,
  encodeConferenceResponse,
  firstChild,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Logger } from 'pino';
import type { Tally } from '../tally.js';
import type { Authority } from './authority/authority.js';
import { isBreakout, roomFault, type RoomPolicy } from './room-name.js';
import { trueSender } from './sender.js';
import { idsIn, type PlacementRequest } from '../visitors/placement.js';
import type { AuthSession } from './sessions.js';

/** The conferences of the focus, as far as requests need them. */
export interface ConferenceHall {
  /** Whether there is one, or one of its breakout rooms. */
  has(room: string): boolean;
  /**
   * Finds the conference, or creates it in the name of `opener` (a bare JID), and resolves when the focus is in its
   * room, or with why it can not be.
   */
  enter(room: string, opener: string, wishes: ConferenceWishes): Promise<StanzaError | undefined>;
  /** Tells the conference of that room, if there is one, that a login is now bound to this full JID. */
  authenticated(room: string, fullJid: string): void;
  /** Whether the conference was opened in that name. */
  isOpener(room: string, opener: string): boolean;
  /** Whether people may look on. */
  readonly hasVisitors: boolean;
  /** Where somebody is to go who asks for a conference that is there. */
  place(room: string, request: PlacementRequest): Promise<Placed>;
}

/** `wait`: for the room to go live. */
export type Placed = { readonly node: string } | 'take part' | 'wait';

/** What the request that creates a conference may fix. */
export interface ConferenceWishes {
  /** The participants beyond this many start muted. */
  readonly startAudioMuted?: number;
  readonly startVideoMuted?: number;
  /** False: statistics of the conference are given to nobody. */
  readonly rtcStats?: boolean;
}

export interface ConferenceRequestContext extends RoomPolicy {
  readonly authority: Authority;
  readonly hall: ConferenceHall;
  readonly proxyDomain: string;
  /** Bare JID of the focus, as clients will see it in the room. */
  readonly focusJid: string;
  /** Whether people can be called. */
  readonly hasGateways: boolean;
  readonly log: Logger;
  readonly tally: Tally;
  now(): number;
}

/** Answers one conference IQ: the payload of its result, or the error. Rejects with a SignalingError when it is malformed. */
export const answerConferenceRequest = async (
  iq: Element,
  context: ConferenceRequestContext,
): Promise<Element | StanzaError> => {
  const sender = trueSender(attribute(iq, 'from'), context.proxyDomain);
  if (!sender) return stanzaError('bad-request', 'the sender is not a full JID');
  const payload = firstChild(iq);
  if (!payload) return stanzaError('bad-request');
  const request = decodeConferenceRequest(payload);
  const { room, machineUid, sessionId } = request;
  const fault = roomFault(room, context);
  if (fault) return fault;

  const { authority, hall, log, tally } = context;
  tally.add('conference_requests');
  if (!hall.has(room)) tally.add('conference_requests_new');
  const verdict = authority.judge(
    { sender, room, machineUid, sessionId, conferenceExists: hall.has(room) || isBreakout(room, context) },
    context.now(),
  );
  if (verdict.kind === 'refused') {
    log.debug({ room, sender: sender.toString(), condition: verdict.error.condition }, 'request refused');
    return verdict.error;
  }
  const opener = verdict.session?.identity ?? sender.bare.toString();
  const failure = await hall.enter(room, opener, wishesOf(request));
  if (failure) {
    log.info({ room, sender: sender.toString(), condition: failure.condition }, 'request failed');
    return failure;
  }
  if (verdict.session) hall.authenticated(room, sender.toString());
  const placed = await hall.place(room, {
    ...placementRequest(request),
    opened: verdict.session !== undefined && hall.isOpener(room, opener),
  });
  return encodeConferenceResponse(conferenceResponse(room, context, placed, verdict.session));
};

/** What a request says of where its sender wants to be. */
export const placementRequest = ({
  token,
  properties,
}: Pick<ConferenceRequest, 'properties' | 'token'>): Omit<PlacementRequest, 'opened'> => ({
  understands: properties['visitors-version'] !== undefined,
  wantsToLook: properties['visitor'] === 'true',
  ids: idsIn(token),
});

/** What a request that is granted is answered. */
export const conferenceResponse = (
  room: string,
  { authority, focusJid, hall, hasGateways }: ConferenceRequestContext,
  placed: Placed,
  session?: AuthSession,
) => ({
  room,
  ready: placed !== 'wait',
  focusJid,
  ...(typeof placed === 'object' && { vnode: placed.node }),
  ...(session && { sessionId: session.id, identity: session.identity }),
  properties: {
    authentication: String(authority.authentication !== 'none'),
    ...(authority.authentication !== 'none' && { externalAuth: String(authority.authentication === 'jwt') }),
    ...(hasGateways && { sipGatewayEnabled: 'true' }),
    'visitors-supported': String(hall.hasVisitors),
    ...(placed === 'wait' && { live: 'false' }),
  },
});

export const wishesOf = ({ properties }: Pick<ConferenceRequest, 'properties'>): ConferenceWishes => {
  const startAudioMuted = threshold(properties['startAudioMuted']);
  const startVideoMuted = threshold(properties['startVideoMuted']);
  return {
    ...(startAudioMuted !== undefined && { startAudioMuted }),
    ...(startVideoMuted !== undefined && { startVideoMuted }),
    ...(properties['rtcstatsEnabled'] === 'false' && { rtcStats: false }),
  };
};

/** What can not be read as a number is ignored. */
const threshold = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
