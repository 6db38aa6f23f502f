/** Taking back what one has said (XEP-0424): it is not told again to those who come later. */
import { attribute, el } from '@conclave/signaling';
import type { Muc } from '../context.js';

const namespace = 'urn:xmpp:message-retract:1';

export function retraction(muc: Muc): () => void {
  const undo = [
    muc.hooks.on('said', ({ room, stanza, author }) => {
      const retract = author && stanza.getChild('retract', namespace);
      const id = retract && attribute(retract, 'id');
      if (!id) return;
      const tombstone = el('retracted', {
        xmlns: namespace,
        id: attribute(stanza, 'id'),
        stamp: new Date(muc.now()).toISOString(),
      });
      muc.hooks.emit('retracted', { room, id, author, tombstone });
    }),
    muc.hooks.on('retracted', ({ room, id, author }) => room.history.retract(id, room.jid, author)),
    muc.hooks.on('described', ({ features }) => void features.push(namespace)),
  ];
  return () => undo.forEach((each) => each());
}
