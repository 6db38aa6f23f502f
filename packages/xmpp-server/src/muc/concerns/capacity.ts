/** How many fit (XEP-0045 s.7.2.9): occupants a room, rooms a session. Administrators of the service always find a seat. */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';

export function capacity(muc: Muc): () => void {
  const { limits } = muc.options;
  return muc.hooks.on(
    'admission',
    ({ room, from, admin, nick }) => {
      if (admin) return undefined;
      if (muc.whereabouts.of(from).size >= limits.roomsPerSession) {
        return stanzaError('resource-constraint', 'Too many rooms joined');
      }
      const { maxOccupants } = room.config;
      const most = maxOccupants === 0 ? limits.occupants : Math.min(maxOccupants, limits.occupants);
      const isNewcomer = room.occupant(nick) === undefined;
      return isNewcomer && room.occupantCount >= most ? stanzaError('service-unavailable') : undefined;
    },
    admissionPriority('max-occupants'),
  );
}
