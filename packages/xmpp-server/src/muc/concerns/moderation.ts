/** Moderated retraction (XEP-0425): a moderator takes back what somebody said, for all, and for those who come later. */
import { attribute, el, type StanzaError, stanzaError } from '@conclave/signaling';
import type { IqReply } from '../../host/host.js';
import { timeOrderedId } from '../../storage/time-ordered-id.js';
import type { Muc, RoomIq } from '../context.js';
import { say } from '../messages.js';
import type { Occupant } from '../occupant.js';
import type { Room } from '../room.js';
import { identify } from './stable-id.js';

const namespace = 'urn:xmpp:message-moderate:1';
const retraction = 'urn:xmpp:message-retract:1';
/** Characters of a reason: it goes to the whole room. */
const reasonLength = 1024;

interface Wish {
  /** The id that the room has given the message (XEP-0359). */
  readonly id: string;
  readonly reason: string | undefined;
}

/** Takes a message back in the name of a moderator, for all who are in and for those who come later. Whether the occupant may is up to the caller. */
export function retractForAll(
  muc: Muc,
  room: Room,
  occupant: Occupant,
  { id, reason }: Wish,
): StanzaError | undefined {
  if ((reason?.length ?? 0) > reasonLength) return stanzaError('policy-violation', 'Reason too long');
  const moderated = el('moderated', { xmlns: namespace, by: occupant.jid.toString() });
  // The room's own word on who it was, as on anything the occupant says.
  muc.hooks.emit('attributed', { room, occupant, stanza: moderated });
  const details = [moderated, reason === undefined ? undefined : el('reason', {}, reason)];
  const message = el(
    'message',
    { type: 'groupchat', from: room.jid.toString(), id: timeOrderedId() },
    el('retract', { xmlns: retraction, id }, details),
    el('store', { xmlns: 'urn:xmpp:hints' }),
  );
  identify(room, message);
  const stamp = new Date(muc.now()).toISOString();
  const tombstone = el('retracted', { xmlns: retraction, id: attribute(message, 'id'), stamp }, details);
  muc.hooks.emit('retracted', { room, id, author: undefined, tombstone });
  say(muc, room, message, undefined);
  return undefined;
}

export function moderation(muc: Muc): () => void {
  const moderate = ({ room, from, payload }: RoomIq): IqReply => {
    const occupant = room.seat(from)?.occupant;
    if (occupant?.role !== 'moderator') return stanzaError('forbidden');
    const id = attribute(payload, 'id');
    if (!id || payload.getChild('retract', retraction) === undefined) return stanzaError('bad-request');
    const reason = payload.getChildText('reason') ?? undefined;
    return retractForAll(muc, room, occupant, { id, reason }) ?? null;
  };
  const undo = [
    muc.handleIq('set', 'moderate', namespace, moderate),
    muc.hooks.on('described', ({ features }) => void features.push(namespace)),
  ];
  return () => undo.forEach((each) => each());
}
