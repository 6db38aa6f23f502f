/** What everybody in a conference with breakout rooms is told of them: which there are, and who is where. */
import type { Jid } from '@conclave/signaling';
import type { Room } from '../muc/index.js';
import type { BreakoutPlan } from './breakout-plan.js';
import { nameOf } from './display-name.js';
import type { JsonObject } from './json-message.js';

interface Shown {
  /** Whether someone is of the service itself, whom nobody needs to see. */
  readonly isAdmin: (person: Jid) => boolean;
  /** Whether it is said who people are. */
  readonly names: boolean;
}

function participants(room: Room | undefined, { isAdmin, names }: Shown): JsonObject {
  const people = [...(room?.occupants ?? [])].filter(({ person }) => !isAdmin(person));
  return Object.fromEntries(
    people.map((occupant) => [
      occupant.jid.toString(),
      {
        jid: (names ? occupant.primary.jid : occupant.jid).toString(),
        role: occupant.role,
        displayName: names ? nameOf(occupant) : '',
      },
    ]),
  );
}

export function breakoutUpdate(room: Room, plan: BreakoutPlan, shown: Shown): JsonObject {
  const local = room.jid.local ?? '';
  const open = plan.open(room);
  const main = {
    id: local,
    jid: room.jid.toString(),
    name: room.subject?.text ?? '',
    isMainRoom: true,
    participants: participants(room, shown),
  };
  const breakouts = plan.all(room).map(({ jid, name }) => {
    const there = open.find((each) => each.jid.equals(jid));
    const id = jid.local ?? '';
    return [id, { id, jid: jid.toString(), name, participants: participants(there, shown) }] as const;
  });
  return {
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/update',
    roomCounter: plan.counter(room),
    rooms: Object.fromEntries([[local, main], ...breakouts]),
  };
}
