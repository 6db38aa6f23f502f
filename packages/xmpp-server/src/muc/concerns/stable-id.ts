/** Stable ids (XEP-0359): every groupchat message has an id, and one that the room vouches for. */
import { el, NS } from '@conclave/signaling';
import { timeOrderedId } from '../../storage/time-ordered-id.js';
import type { Muc } from '../context.js';

export function stableIds(muc: Muc): () => void {
  const undo = [
    muc.hooks.on('attributed', ({ room, stanza }) => {
      if (stanza.attrs['type'] !== 'groupchat') return undefined;
      const id = timeOrderedId();
      stanza.attrs['id'] ??= id;
      stanza.append(el('stanza-id', { xmlns: NS.stanzaId, by: room.jid.toString(), id }));
      return undefined;
    }),
    muc.hooks.on('described', ({ features }) => {
      features.push(NS.stanzaId);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
