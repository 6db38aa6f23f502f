/** A shorter history takes effect at once: what the owner no longer wants kept is forgotten. */
import type { Muc } from '../context.js';

export function historyLength(muc: Muc): () => void {
  return muc.hooks.on('configured', ({ room, changed }) => {
    if (changed.has('historyLength')) room.history.trim(room.config.historyLength);
    return undefined;
  });
}
