/**
 * New rooms are locked where the operator wants it (XEP-0045 s.10.1): nobody else enters until the first owner has configured the
 * room, or accepted it as it is; who gives that up ends the room.
 */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';
import { destroyRoom } from '../leaving.js';
import type { Room } from '../room.js';

export function locking(muc: Muc): () => void {
  const locked = new WeakSet<Room>();
  const undo = [
    muc.hooks.on('room-created', (room) => {
      if (muc.options.locking) locked.add(room);
    }),
    muc.hooks.on(
      'admission',
      ({ room, from, admin }) =>
        locked.has(room) && !admin && room.affiliation(from.bare) !== 'owner'
          ? stanzaError('item-not-found', 'The room is locked')
          : undefined,
      admissionPriority('locked'),
    ),
    muc.hooks.on('configuration-answered', ({ room, answer }) => {
      if (!locked.delete(room)) return;
      if (answer === 'cancel') destroyRoom(muc, room);
    }),
    // Who has left without a word will not come back for it: not even a room that is to last does.
    muc.hooks.on('left', ({ room }) => {
      if (locked.has(room) && room.occupantCount === 0) muc.end(room);
    }),
  ];
  return () => undo.forEach((each) => each());
}
