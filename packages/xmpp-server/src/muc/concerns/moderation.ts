/** Moderated retraction (XEP-0425, XEP-0424): a moderator takes back what somebody said, for all, and for those who come later. */
import { attribute, el, stanzaError } from '@conclave/signaling';
import type { IqReply } from '../../host/host.js';
import { timeOrderedId } from '../../storage/time-ordered-id.js';
import { Broadcast } from '../broadcast.js';
import type { Muc, RoomIq } from '../context.js';
import { deliver } from '../delivery.js';

const namespace = 'urn:xmpp:message-moderate:1';
const retraction = 'urn:xmpp:message-retract:1';
/** Characters of a reason: it goes to the whole room. */
const reasonLength = 1024;

export function moderation(muc: Muc): () => void {
  const moderate = ({ room, from, payload }: RoomIq): IqReply => {
    const occupant = room.seat(from)?.occupant;
    if (occupant?.role !== 'moderator') return stanzaError('forbidden');
    const id = attribute(payload, 'id');
    if (!id || payload.getChild('retract', retraction) === undefined) return stanzaError('bad-request');
    const reason = payload.getChildText('reason');
    if ((reason?.length ?? 0) > reasonLength) return stanzaError('policy-violation', 'Reason too long');
    room.history.retract(id, room.jid);
    const moderated = el('moderated', { xmlns: namespace, by: occupant.jid.toString() });
    // The room's own word on who it was, as on anything the occupant says.
    muc.hooks.emit('attributed', { room, occupant, stanza: moderated });
    const message = el(
      'message',
      { type: 'groupchat', from: room.jid.toString(), id: timeOrderedId() },
      el(
        'retract',
        { xmlns: retraction, id },
        moderated,
        typeof reason === 'string' ? el('reason', {}, reason) : undefined,
      ),
      el('store', { xmlns: 'urn:xmpp:hints' }),
    );
    deliver(muc, room.sessions(), new Broadcast(message));
    return null;
  };
  const undo = [
    muc.handleIq('set', 'moderate', namespace, moderate),
    muc.hooks.on('described', ({ features }) => {
      features.push(namespace);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
