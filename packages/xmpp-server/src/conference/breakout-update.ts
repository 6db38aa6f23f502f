/** What everybody in a conference with breakout rooms is told of them: which there are, and who is where. */
import type { Jid } from '@conclave/signaling';
import type { Room } from '../muc/index.js';
import type { BreakoutPlan } from './breakout-plan.js';
import { nameOf } from './display-name.js';
import type { JsonObject } from './json-message.js';

function participants(room: Room | undefined, isAdmin: (person: Jid) => boolean): JsonObject {
  const people = [...(room?.occupants ?? [])].filter(({ person }) => !isAdmin(person));
  return Object.fromEntries(
    people.map((occupant) => [
      occupant.jid.toString(),
      { jid: occupant.primary.jid.toString(), role: occupant.role, displayName: nameOf(occupant) },
    ]),
  );
}

/** @param isAdmin of the service itself, whom nobody needs to see */
export function breakoutUpdate(
  room: Room,
  plan: BreakoutPlan,
  isAdmin: (person: Jid) => boolean,
): JsonObject {
  const local = room.jid.local ?? '';
  const open = plan.open(room);
  const main = {
    id: local,
    jid: room.jid.toString(),
    name: room.subject?.text ?? '',
    isMainRoom: true,
    participants: participants(room, isAdmin),
  };
  const breakouts = plan.all(room).map(({ jid, name }) => {
    const there = open.find((each) => each.jid.equals(jid));
    const id = jid.local ?? '';
    return [id, { id, jid: jid.toString(), name, participants: participants(there, isAdmin) }] as const;
  });
  return {
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/update',
    roomCounter: plan.counter(room),
    rooms: Object.fromEntries([[local, main], ...breakouts]),
  };
}
