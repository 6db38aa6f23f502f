/** How many fit (XEP-0045 s.7.2.9): occupants a room, rooms a session. Administrators of the service always find a seat. */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';

export function capacity(muc: Muc): () => void {
  const { limits } = muc.options;
  /** Rooms by real full JID. */
  const joined = new Map<string, number>();
  const count = (jid: string, change: 1 | -1): void => {
    const rooms = (joined.get(jid) ?? 0) + change;
    if (rooms > 0) joined.set(jid, rooms);
    else joined.delete(jid);
  };
  const undo = [
    muc.hooks.on(
      'admission',
      ({ room, from, admin, nick }) => {
        if (admin) return undefined;
        if ((joined.get(from.toString()) ?? 0) >= limits.roomsPerSession) {
          return stanzaError('resource-constraint', 'Too many rooms joined');
        }
        const { maxOccupants } = room.config;
        const most = maxOccupants === 0 ? limits.occupants : Math.min(maxOccupants, limits.occupants);
        const isNewcomer = room.occupant(nick) === undefined;
        return isNewcomer && room.occupantCount >= most ? stanzaError('service-unavailable') : undefined;
      },
      admissionPriority('max-occupants'),
    ),
    muc.hooks.on('entered', ({ session }) => {
      count(session.jid.toString(), 1);
      return undefined;
    }),
    muc.hooks.on('left', ({ session }) => {
      count(session.jid.toString(), -1);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
