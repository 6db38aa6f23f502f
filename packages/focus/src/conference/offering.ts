/**
 * How a member comes to its offer: its features, a bridge, an endpoint there, a Jingle session. Each step waits for others, so
 * after every wait it is checked that nothing has superseded the invitation.
 */
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { AllocationVerdict } from '../bridges/colibri-failure.js';
import type { Allocation } from '../bridges/colibri-answers.js';
import type { ColibriSession } from '../bridges/colibri-session.js';
import type { ConferenceBridges } from '../bridges/conference-bridges.js';
import type { FeatureDiscovery } from '../jingle/discovery.js';
import { takesMedia } from '../jingle/features.js';
import { offeredMedia, sessionInitiate } from '../jingle/offer.js';
import { JingleSession } from '../jingle/session.js';
import type { Random } from '../random.js';
import type { Tally } from '../tally.js';
import { forceMuteOf } from './av-moderation.js';
import { isVisitor } from '../visitors/visitor-room.js';
import type { Member } from './member.js';
import { Participant } from './participant.js';
import type { Participants } from './participants.js';
import { BRIDGE_OWNER } from './source-set.js';
import type { Newcomer } from './start-muted.js';

export interface OfferingContext {
  readonly connection: XmppConnection;
  readonly discovery: FeatureDiscovery;
  readonly random: Random;
  readonly tally: Tally;
  readonly participants: Participants;
  readonly stripSimulcast: boolean;
  /** Whether bridges may rewrite SSRCs for clients that can have it. */
  readonly ssrcRewriting: boolean;
  /** Whether clients that can may send redundant audio. */
  readonly redundantAudio: boolean;
  /** Whether clients are to tell which layers of their video they mean to send. */
  readonly layersAllocation: boolean;
  /** Whether it starts muted. */
  readonly startMuted: (newcomer: Omit<Newcomer, 'count'>) => { audio: boolean; video: boolean };
  /** Whether there is a bridge for whoever needs one. */
  readonly onBridgeAvailable: (available: boolean) => void;
  /** A Jingle session begins; resolves when a focus after this one would know of it. */
  readonly onSession: () => Promise<void>;
}

/** What has become of an offer. A client that says nothing to it may still accept. */
export type Offered =
  | { readonly kind: 'made' | 'superseded' | 'no media' | 'no bridge' }
  | {
      readonly kind: 'not allocated';
      readonly participant: Participant;
      readonly session: ColibriSession;
      readonly verdict: AllocationVerdict;
    }
  | { readonly kind: 'refused'; readonly condition: string };

const SUPERSEDED: Offered = { kind: 'superseded' };

/** Makes a member an offer. @param isCurrent whether it shall still be made */
export const makeOffer = async (
  member: Member,
  isCurrent: () => boolean,
  bridges: ConferenceBridges,
  context: OfferingContext,
): Promise<Offered> => {
  const participant = await participantOf(member, isCurrent, context);
  if (!participant || !isCurrent()) return participant === null ? { kind: 'no media' } : SUPERSEDED;
  const { presence } = member.occupant;
  const session = bridges.sessionFor(
    presence.getChildText('jitsi_participant_region') ?? undefined,
    isVisitor(member.occupant),
  );
  // One that ails has to show first that it can.
  if (!session || session.bridge.operational) context.onBridgeAvailable(session !== undefined);
  if (!session) return { kind: 'no bridge' };
  participant.bridge = session;
  const { features, ssrcRewriting } = participant;
  const statsId = presence.getChildText('stats-id');
  const allocation = await session.allocate({
    id: member.nick,
    ...(statsId && { statsId }),
    media: offeredMedia(features),
    data: features.data,
    forceMute: forceMuteOf(member.restricted),
    ssrcRewriting,
    visitor: isVisitor(member.occupant),
    privateAddresses: member.isLocal,
    diarize: presence.getChildText('jitsi_participant_diarize') === 'true',
  });
  if (!isCurrent() || !bridges.uses(session)) return SUPERSEDED;
  if (allocation.kind === 'failed') {
    return { kind: 'not allocated', participant, session, verdict: allocation.verdict };
  }
  context.onBridgeAvailable(true);
  return initiate(member, participant, session, allocation, context);
};

/** The participant that a member is or becomes; null when its client takes no media. */
const participantOf = async (
  member: Member,
  isCurrent: () => boolean,
  context: OfferingContext,
): Promise<Participant | null | undefined> => {
  const { connection, discovery, tally, participants, stripSimulcast, ssrcRewriting } = context;
  const known = member.participant?.features ?? (await discovery.discover(member.occupant));
  const features = {
    ...known,
    redundantAudio: context.redundantAudio && known.redundantAudio,
    layersAllocation: context.layersAllocation,
  };
  if (!isCurrent()) return undefined;
  if (!takesMedia(features)) return null;
  if (!member.participant) tally.add('participants');
  member.participant ??= new Participant({
    tally,
    endpointId: member.nick,
    occupantJid: member.occupant.jid,
    features,
    stripSimulcast,
    ssrcRewriting: ssrcRewriting && features.ssrcRewriting,
    connection,
  });
  participants.add(member.participant);
  return member.participant;
};

const initiate = async (
  member: Member,
  participant: Participant,
  { id, bridge: { region } }: ColibriSession,
  { transport, feedback }: Extract<Allocation, { kind: 'allocated' }>,
  { random, participants, startMuted, onSession }: OfferingContext,
): Promise<Offered> => {
  participants.reserve(feedback);
  const jingle = new JingleSession(random.sid(), member.nick);
  participant.jingle = jingle;
  await onSession();
  if (participant.jingle !== jingle) return SUPERSEDED;
  const sources = participant.signaling.reset(
    new Map([[BRIDGE_OWNER, feedback], ...participants.sourcesFor(member.nick)]),
  );
  const outcome = await participant.request(
    sessionInitiate({
      sid: jingle.sid,
      initiator: participant.initiator,
      features: participant.features,
      transport,
      bridgeSession: { id, ...(region !== undefined && { region }) },
      startMuted: startMuted({
        isNew: !member.hasHadSession,
        restricted: member.restricted,
      }),
      sources,
    }),
    sources,
  );
  return outcome.kind === 'error'
    ? { kind: 'refused', condition: outcome.error.condition }
    : { kind: 'made' };
};
