/** Compares what each participant believes of the others with what they do. */
import type { SwarmParticipant } from './participant.js';

export interface Difference {
  readonly participant: SwarmParticipant;
  /** What is wrong, in words. */
  readonly wrong: readonly string[];
}

const listed = (ssrcs: readonly number[]): string => (ssrcs.length === 0 ? 'nothing' : ssrcs.join(' '));

/** What is wrong with the view of each; empty when nothing is. @param room all who are in one room */
export function differencesIn(room: readonly SwarmParticipant[]): Difference[] {
  return room.flatMap((participant) => {
    const wrong = [...participant.view.faults];
    if (!participant.connected) wrong.push('has no session');
    const { sources } = participant.view;
    const others = room.filter((other) => other !== participant);
    for (const other of others) {
      const [told, truth] = [sources.get(other.nick) ?? [], other.visibleTo(participant)];
      if (listed(told) !== listed(truth))
        wrong.push(`${other.nick} sends ${listed(truth)}, told of ${listed(told)}`);
    }
    for (const [owner, ssrcs] of sources) {
      if (!others.some(({ nick }) => nick === owner))
        wrong.push(`${owner} is not in the room, told of ${listed(ssrcs)}`);
    }
    return wrong.length === 0 ? [] : [{ participant, wrong }];
  });
}
