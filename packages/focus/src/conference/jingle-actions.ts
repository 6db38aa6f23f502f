/** What a participant may do in its Jingle session, and what each action answers (XEP-0166, client contract 4). */
import {
  type Jingle,
  jingleErrorCondition,
  type MediaType,
  type SourceSet,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Invitations } from './invitations.js';
import type { Member } from './member.js';
import type { Participant } from './participant.js';
import type { Participants } from './participants.js';
import { isEmpty, mapMedia, MEDIA_TYPES, NO_SOURCES } from './source-set.js';

export interface JingleActionContext {
  readonly invitations: Invitations;
  readonly participants: Participants;
  /** Media of which there are as many senders as there may be. */
  readonly exhaustedMedia: () => ReadonlySet<MediaType>;
  /** Whether there are ICE restarts. */
  readonly iceRestart: boolean;
  readonly now: () => number;
}

/** The error to answer with; `undefined` for a result. */
type Answer = StanzaError | undefined;

/** Carries out an action of `member` and says how to answer it. */
export const answerJingle = (member: Member, jingle: Jingle, context: JingleActionContext): Answer => {
  const { participant } = member;
  if (participant?.jingle?.sid !== jingle.sid) {
    return member.hasEnded(jingle.sid)
      ? stanzaError('gone', 'the session has ended')
      : stanzaError('bad-request', 'no such session', jingleErrorCondition('unknown-session'));
  }
  switch (jingle.action) {
    case 'session-accept':
      return accept(member, participant, jingle, context);
    case 'source-add':
    case 'source-remove':
      return changeSources(member, participant, jingle, context);
    case 'transport-info':
      return updateTransport(participant, jingle);
    case 'session-terminate':
      return terminate(member, participant, jingle, context);
    case 'session-info':
      return inform(member, participant, jingle, context);
    case 'transport-reject':
      return undefined;
    default:
      return stanzaError('feature-not-implemented', `${jingle.action} is not supported`);
  }
};

const accept = (
  member: Member,
  participant: Participant,
  jingle: Jingle,
  context: JingleActionContext,
): Answer => {
  if (!participant.jingle?.on('accept')) {
    return stanzaError('unexpected-request', 'accepted already', jingleErrorCondition('out-of-order'));
  }
  const refusal = add(member, sourcesOf(jingle), context);
  if (refusal) {
    context.invitations.end(member);
    return refusal;
  }
  const transport = transportOf(jingle);
  const initialLastN = jingle.contents.find((content) => content.initialLastN !== undefined)?.initialLastN;
  participant.bridge?.update(member.nick, {
    ...(transport && { transport: { ...transport, rtcpMux: true } }),
    sources: context.participants.sourcesOf(member.nick),
    ...(initialLastN !== undefined && { initialLastN }),
  });
  participant.signalSources();
  return undefined;
};

const changeSources = (
  member: Member,
  participant: Participant,
  jingle: Jingle,
  context: JingleActionContext,
): Answer => {
  if (participant.jingle?.state !== 'active') {
    return stanzaError('unexpected-request', 'not accepted yet', jingleErrorCondition('out-of-order'));
  }
  const sources = sourcesOf(jingle);
  if (isEmpty(sources)) return undefined;
  const refusal =
    jingle.action === 'source-add'
      ? (tooManySenders(sources, context) ?? add(member, sources, context))
      : remove(member, sources, context);
  if (refusal) return refusal;
  participant.bridge?.update(member.nick, { sources: context.participants.sourcesOf(member.nick) });
  return undefined;
};

const updateTransport = (participant: Participant, jingle: Jingle): Answer => {
  const transport = transportOf(jingle);
  if (!transport) return stanzaError('bad-request', 'no transport');
  participant.bridge?.update(participant.endpointId, { transport });
  return undefined;
};

/**
 * Of what clients tell, two things have consequences (focus reference 3.2, 3.6): ICE that has failed, and the wish for new ICE credentials.
 * A client that does not get these falls back to a restart of the session.
 */
const inform = (
  member: Member,
  participant: Participant,
  { bridgeSession, iceState }: Jingle,
  { invitations, iceRestart, now }: JingleActionContext,
): Answer => {
  if (iceState === 'failed' && bridgeSession?.id === participant.bridge?.id) {
    // Too often is no error: what it tells is true.
    if (member.restarts.accept(now())) invitations.iceFailed(member);
    return undefined;
  }
  if (bridgeSession?.iceRestart !== true) return undefined;
  if (!iceRestart) return stanzaError('feature-not-implemented', 'no ICE restart');
  if (bridgeSession.id !== participant.bridge?.id) {
    return stanzaError('item-not-found', 'no such bridge session');
  }
  if (!member.iceRestarts.accept(now())) return stanzaError('resource-constraint', 'too many ICE restarts');
  invitations.restartIce(member);
  return undefined;
};

/** A client ends its session: for good, or to be invited anew (client contract 4.7). */
const terminate = (
  member: Member,
  participant: Participant,
  { bridgeSession }: Jingle,
  { invitations, now }: JingleActionContext,
): Answer => {
  if (bridgeSession?.restart !== true) {
    invitations.end(member);
    return undefined;
  }
  if (bridgeSession.id !== participant.bridge?.id) {
    invitations.end(member);
    return stanzaError('item-not-found', 'no such bridge session');
  }
  if (!member.restarts.accept(now())) {
    invitations.end(member);
    return stanzaError('resource-constraint', 'too many restarts');
  }
  invitations.restart(member);
  return undefined;
};

const tooManySenders = (sources: SourceSet, { exhaustedMedia }: JingleActionContext): Answer => {
  const exhausted = exhaustedMedia();
  return MEDIA_TYPES.some((media) => exhausted.has(media) && sources[media].sources.length > 0)
    ? stanzaError('resource-constraint', 'too many senders')
    : undefined;
};

const add = (member: Member, sources: SourceSet, { participants }: JingleActionContext): Answer => {
  if (member.occupant.role === 'visitor' && !isEmpty(sources)) {
    return stanzaError('forbidden', 'visitors send nothing');
  }
  const change = participants.announce(member.nick, sources);
  return change.kind === 'refused' ? stanzaError('bad-request', change.reason) : undefined;
};

const remove = (member: Member, sources: SourceSet, { participants }: JingleActionContext): Answer => {
  const change = participants.retract(member.nick, sources);
  return change.kind === 'refused' ? stanzaError('bad-request', change.reason) : undefined;
};

/** The sources in all contents, unchecked. */
const sourcesOf = ({ contents }: Jingle): SourceSet => {
  const descriptions = contents.flatMap(({ description }) => (description ? [description] : []));
  if (descriptions.length === 0) return NO_SOURCES;
  return mapMedia((media) => {
    const own = descriptions.filter((description) => description.media === media);
    return {
      sources: own.flatMap(({ sources }) => sources.sources),
      groups: own.flatMap(({ sources }) => sources.groups),
    };
  });
};

/** All contents share one transport; the first that stands anywhere counts. */
const transportOf = ({ contents }: Jingle) =>
  contents.find(({ transport }) => transport?.ufrag !== undefined)?.transport ??
  contents.find(({ transport }) => transport !== undefined)?.transport;
