/** Rooms that do not show everybody (XEP-0045 s.10.2, `presencebroadcast`): whoever is in such a room learns at once when that changes. */
import type { Muc } from '../context.js';
import { showByRole } from '../presence.js';

export function presenceBroadcast(muc: Muc): () => void {
  return muc.hooks.on('configured', ({ room, changed }) => {
    if (changed.has('presenceBroadcast')) showByRole(muc, room);
    return undefined;
  });
}
