/** Persistent rooms (XEP-0045 s.4.2, `persistentroom`): who may make a room outlive its last occupant, and how many there may be. */
import { stanzaError } from '@conclave/signaling';
import { booleanField } from '../config-form.js';
import type { Muc } from '../context.js';

export function persistence(muc: Muc): () => void {
  const { persistence: policy, limits } = muc.options;
  const isLeft = (all: number, own: number): boolean =>
    all < limits.persistentRooms && own < limits.persistentRoomsPerPerson;
  const undo = [
    muc.hooks.on('room-requested', ({ from, admin }) => {
      if (policy === 'nobody' || admin || !muc.options.rooms.persistent) return undefined;
      const { all, own } = muc.storedRooms(from.bare);
      return isLeft(all, own) ? undefined : stanzaError('resource-constraint', 'Too many persistent rooms');
    }),
    muc.form.add({
      ...booleanField('muc#roomconfig_persistentroom', 'persistent', 'Keep the room when the last has left?'),
      isFor: (person, room) => {
        if (policy === 'nobody') return false;
        if (muc.isAdmin(person)) return true;
        if (policy === 'admins') return false;
        const { all, own } = muc.storedRooms(person);
        return room.config.persistent || isLeft(all, own);
      },
    }),
    muc.hooks.on('configured', ({ room, by, changed }) => {
      if (!changed.has('persistent')) return;
      if (room.config.persistent) room.founder = by.bare;
      else if (room.occupantCount === 0) muc.vacated(room);
    }),
  ];
  return () => undo.forEach((each) => each());
}
