/** Nicknames kept for one person: clients take whoever is called `focus` for the focus. */
import { parseJid, stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';

export function reservedNicks(muc: Muc): () => void {
  const holders = new Map(
    Object.entries(muc.options.reservedNicks).map(([nick, jid]) => [nick.toLowerCase(), parseJid(jid)]),
  );
  return muc.hooks.on('nick-requested', ({ from, nick }) => {
    const holder = holders.get(nick.normalize('NFKC').toLowerCase());
    return holder === undefined || holder.equals(from.bare) ? undefined : stanzaError('conflict');
  });
}
