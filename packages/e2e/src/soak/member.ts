/** A participant of a soak: what it does in the room, and its media. */
import type { LocalSource } from '../swarm/local-source.js';
import type { SwarmParticipant } from '../swarm/participant.js';
import type { MediaLeg } from './media-leg.js';

export interface Member {
  readonly participant: SwarmParticipant;
  readonly leg: MediaLeg;
  /** Its network is bad at the moment. */
  disturbed: boolean;
}

/** The name under which a source is known to all. */
export const nameOf = ({ signalled }: LocalSource): string => signalled.sources[0]?.name ?? '';

/** The sources of others that somebody is to get something of: not those that are muted, nor a kind that it does not take. */
export function audible(
  member: Member,
  room: readonly Member[],
): { readonly owner: Member; readonly source: LocalSource }[] {
  return room
    .filter((owner) => owner !== member)
    .flatMap((owner) =>
      owner.participant.sent
        .filter(({ visible: [ssrc = 0] }) => owner.participant.visibleTo(member.participant).includes(ssrc))
        .filter((source) => !owner.leg.muted.has(nameOf(source)))
        .map((source) => ({ owner, source })),
    );
}
