/** Nicknames kept for one person: clients take whoever is called `focus` for the focus. */
import { parseJid, stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { nickKey } from '../room.js';

export function reservedNicks(muc: Muc): () => void {
  const holders = new Map(
    Object.entries(muc.options.reservedNicks).map(([nick, jid]) => [nickKey(nick), parseJid(jid)]),
  );
  return muc.hooks.on('nick-requested', ({ from, nick }) => {
    const holder = holders.get(nickKey(nick));
    return holder === undefined || holder.equals(from.bare) ? undefined : stanzaError('conflict');
  });
}
