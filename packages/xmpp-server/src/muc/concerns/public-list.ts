/** Public rooms stand in the service's disco#items (XEP-0045 s.6.3), hidden ones do not. */
import type { DiscoRegistry } from '../../host/disco-registry.js';
import type { Muc } from '../context.js';
import type { Room } from '../room.js';

export function publicList(muc: Muc, disco: DiscoRegistry): () => void {
  const listed = new Map<Room, () => void>();
  const unlist = (room: Room): undefined => {
    listed.get(room)?.();
    listed.delete(room);
  };
  const list = (room: Room): undefined => {
    unlist(room);
    if (room.config.public)
      listed.set(room, disco.item(room.jid.toString(), room.config.name || room.jid.local));
  };
  const undo = [
    muc.hooks.on('room-created', list),
    muc.hooks.on('configured', ({ room, changed }) =>
      changed.has('public') || changed.has('name') ? list(room) : undefined,
    ),
    muc.hooks.on('room-gone', unlist),
  ];
  return () => {
    undo.forEach((each) => each());
    for (const room of [...listed.keys()]) unlist(room);
  };
}
