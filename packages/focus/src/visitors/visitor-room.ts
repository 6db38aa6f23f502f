/** The room of one visitor node that the focus is in for a conference: who looks on there. */
import type { MucRoom, Occupant } from '@conclave/xmpp-connection';

export interface VisitorRoom {
  /** The node. */
  readonly node: string;
  readonly muc: MucRoom;
  /** When clients were sent there that may not have come yet, in ms of the epoch. */
  expected: number[];
}

/** Who looks on; the people of the conference are in the room too. */
export const isVisitor = ({ role }: Occupant): boolean => role === 'visitor';

/** Visitors there and on their way. @param since when those were sent who may still come */
export const loadOf = (room: VisitorRoom, since: number): number => {
  const there = [...room.muc.occupants.values()].filter(isVisitor).length;
  room.expected = room.expected.filter((time) => time > since).slice(0, room.expected.length);
  return there + room.expected.length;
};
