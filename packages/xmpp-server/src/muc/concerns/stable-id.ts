/** Stable ids (XEP-0359): every groupchat message has an id, and one that the room vouches for. */
import { type Element, el, NS } from '@conclave/signaling';
import { timeOrderedId } from '../../storage/time-ordered-id.js';
import type { Muc } from '../context.js';
import type { Room } from '../room.js';

/** Gives a message the room's id, and an id of its own if it has none. */
export function identify(room: Room, message: Element): void {
  const id = timeOrderedId();
  message.attrs['id'] ??= id;
  message.append(el('stanza-id', { xmlns: NS.stanzaId, by: room.jid.toString(), id }));
}

export function stableIds(muc: Muc): () => void {
  const undo = [
    muc.hooks.on('attributed', ({ room, stanza }) => {
      if (stanza.attrs['type'] === 'groupchat') identify(room, stanza);
    }),
    muc.hooks.on('described', ({ features }) => {
      features.push(NS.stanzaId);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
