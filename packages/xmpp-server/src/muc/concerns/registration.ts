/**
 * Registration with a room (XEP-0045 s.7.10): who belongs to a room keeps a nickname there that nobody else can bear. It never makes
 * a member: who belongs is the word of owners and administrators.
 */
import { el, encodeDataForm, formTypeField, formValue, type Jid, NS, stanzaError } from '@conclave/signaling';
import type { IqReply } from '../../host/host.js';
import type { Muc, RoomIq } from '../context.js';
import { formIn } from '../forms.js';
import { nickProblem } from '../nickname.js';
import type { Room } from '../room.js';

const namespace = 'jabber:iq:register';
const formType = 'http://jabber.org/protocol/muc#register';
/** The node by which one asks for the nickname that is kept for one (s.7.12). */
const ownNickname = 'x-roomuser-item';

export function registration(muc: Muc): () => void {
  const requirements = ({ room, from }: RoomIq): IqReply => {
    if (!room.isMember(from.bare)) return stanzaError('not-allowed', 'Ask to be made a member');
    const nick = room.reservedNick(from.bare);
    if (nick !== undefined)
      return el('query', { xmlns: namespace }, el('registered'), el('username', {}, nick));
    const field = { var: 'muc#register_roomnick', type: 'text-single', label: 'Nickname', values: [] };
    const form = encodeDataForm({ type: 'form', fields: [formTypeField(formType), field] });
    return el('query', { xmlns: namespace }, form);
  };

  const register = (room: Room, person: Jid, nick: string): IqReply | Promise<IqReply> => {
    const problem = nickProblem(muc, nick);
    if (problem !== undefined) return problem;
    const refused = muc.hooks.emit('nick-requested', { room, from: person, nick });
    if (refused !== undefined) return refused;
    const bearer = room.occupant(nick)?.person;
    if (bearer !== undefined && !bearer.equals(person)) return stanzaError('conflict');
    if (!room.reserveNick(person, nick)) return stanzaError('not-allowed', 'On none of the lists');
    return muc.stored(room);
  };

  const change = ({ room, from, payload }: RoomIq): IqReply | Promise<IqReply> => {
    if (!room.isMember(from.bare)) return stanzaError('not-allowed', 'Ask to be made a member');
    if (payload.getChild('remove') !== undefined) {
      room.reserveNick(from.bare, undefined);
      return muc.stored(room);
    }
    const submitted = formIn(payload);
    if (submitted === undefined) return stanzaError('bad-request');
    if (submitted.type === 'cancel') return null;
    const nick = formValue(submitted, 'muc#register_roomnick');
    const isMeant = submitted.type === 'submit' && formValue(submitted, 'FORM_TYPE') === formType;
    return isMeant && nick !== undefined ? register(room, from.bare, nick) : stanzaError('bad-request');
  };

  const undo = [
    muc.handleIq('get', 'query', namespace, requirements),
    muc.handleIq('set', 'query', namespace, change),
    muc.hooks.on('nick-requested', ({ room, from, nick }) => {
      const person = room.nickHolder(nick);
      return person === undefined || person.equals(from.bare) ? undefined : stanzaError('conflict');
    }),
    muc.hooks.on('node-asked', ({ room, from, kind, node }) => {
      if (kind !== 'info' || node !== ownNickname) return undefined;
      const name = room.reservedNick(from.bare);
      const identity = name && el('identity', { category: 'conference', type: 'text', name });
      return el('query', { xmlns: NS.discoInfo, node }, identity);
    }),
    muc.hooks.on('described', ({ features }) => {
      features.push(namespace);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
