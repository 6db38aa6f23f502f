/**
 * Registration with a room (XEP-0045 s.7.10): who belongs to a room keeps a nickname there that nobody else can bear. It never makes
 * a member by itself: who belongs is the word of owners and administrators, who are asked for it where the room is like that.
 */
import {
  el,
  encodeDataForm,
  formTypeField,
  formValue,
  type Jid,
  NS,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { IqReply } from '../../host/host.js';
import type { Muc, RoomIq } from '../context.js';
import { formIn } from '../forms.js';
import { nickProblem } from '../nickname.js';
import type { Room } from '../room.js';
import { approval, nickField, registrationForm } from './registration/approval.js';

const namespace = 'jabber:iq:register';
/** The node by which one asks for the nickname that is kept for one (s.7.12). */
const ownNickname = 'x-roomuser-item';

export function registration(muc: Muc): () => void {
  const unavailable = (room: Room, person: Jid, nick: string): StanzaError | undefined => {
    const problem = nickProblem(muc, nick) ?? muc.hooks.emit('nick-requested', { room, from: person, nick });
    if (problem !== undefined) return problem;
    const bearer = room.occupant(nick)?.person;
    return bearer === undefined || bearer.equals(person) ? undefined : stanzaError('conflict');
  };
  const requests = approval(muc, { unavailable });

  const requirements = ({ room, from }: RoomIq): IqReply => {
    const refused = room.isMember(from.bare) ? undefined : requests.refuses(room, from.bare);
    if (refused !== undefined) return refused;
    const nick = room.reservedNick(from.bare);
    if (nick !== undefined)
      return el('query', { xmlns: namespace }, el('registered'), el('username', {}, nick));
    const requested = requests.requestedNick(room, from.bare);
    const values = requested === undefined ? [] : [requested];
    const field = { var: nickField, type: 'text-single', label: 'Nickname', values };
    const form = encodeDataForm({ type: 'form', fields: [formTypeField(registrationForm), field] });
    return el('query', { xmlns: namespace }, form);
  };

  const register = (room: Room, person: Jid, nick: string): StanzaError | undefined => {
    if (!room.isMember(person)) return requests.ask(room, person, nick);
    const refused = unavailable(room, person, nick);
    if (refused !== undefined) return refused;
    return room.reserveNick(person, nick) ? undefined : stanzaError('not-allowed', 'On none of the lists');
  };

  const change = ({ room, from, payload }: RoomIq): IqReply | Promise<IqReply> => {
    const isMember = room.isMember(from.bare);
    const refused = isMember ? undefined : requests.refuses(room, from.bare);
    if (refused !== undefined) return refused;
    if (payload.getChild('remove') !== undefined) {
      if (!isMember) return stanzaError('registration-required');
      room.reserveNick(from.bare, undefined);
      return muc.stored(room);
    }
    const submitted = formIn(payload);
    if (submitted === undefined) return stanzaError('bad-request');
    if (submitted.type === 'cancel') return null;
    const nick = formValue(submitted, nickField);
    const isMeant = submitted.type === 'submit' && formValue(submitted, 'FORM_TYPE') === registrationForm;
    if (!isMeant || nick === undefined) return stanzaError('bad-request');
    return register(room, from.bare, nick) ?? muc.stored(room);
  };

  const undo = [
    requests.dispose,
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
