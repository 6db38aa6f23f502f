/** Visitors ask to speak (XEP-0045 s.7.13, s.8.6): a form to the room, relayed to its moderators, who answer by form. */
import {
  type DataForm,
  type Element,
  el,
  encodeDataForm,
  formTypeField,
  formValue,
  NS,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import type { Handled } from '../../host/host.js';
import { roleAllows } from '../affiliations.js';
import { Broadcast } from '../broadcast.js';
import { parseBoolean } from '../config-form.js';
import { formIn } from '../forms.js';
import type { Muc } from '../context.js';
import { deliver } from '../delivery.js';
import type { RoomMessage } from '../events.js';
import type { Occupant } from '../occupant.js';
import type { Room } from '../room.js';
import { changeRole } from '../standing.js';

function requestForm(stanza: Element): DataForm | undefined {
  const form = formIn(stanza);
  return form?.type === 'submit' && formValue(form, 'FORM_TYPE') === NS.mucRequest ? form : undefined;
}

function approvalForm(occupant: Occupant): Element {
  return encodeDataForm({
    type: 'form',
    title: 'Voice request',
    fields: [
      formTypeField(NS.mucRequest),
      {
        var: 'muc#role',
        type: 'list-single',
        label: 'Requested role',
        values: ['participant'],
        options: [{ value: 'participant' }],
      },
      { var: 'muc#jid', type: 'jid-single', label: 'User', values: [occupant.primary.jid.toString()] },
      { var: 'muc#roomnick', type: 'text-single', label: 'Nickname', values: [occupant.nick] },
      { var: 'muc#request_allow', type: 'boolean', label: 'Grant voice?', values: ['false'] },
    ],
  });
}

function ask(muc: Muc, room: Room, occupant: Occupant): Handled {
  const message = el('message', { from: room.jid.toString() }, approvalForm(occupant));
  const broadcast = new Broadcast(message);
  for (const receiver of room.occupants) {
    if (roleAllows(receiver.role, 'grant-voice')) deliver(muc, receiver.sessions, broadcast);
  }
  return true;
}

function decide(muc: Muc, room: Room, moderator: Occupant, form: DataForm): StanzaError | Handled {
  const occupant = room.occupant(formValue(form, 'muc#roomnick') ?? '');
  if (occupant === undefined) return stanzaError('item-not-found');
  const allow = parseBoolean(formValue(form, 'muc#request_allow') ?? '') === true;
  if (allow && occupant.role === 'visitor')
    changeRole(muc, room, occupant, 'participant', { actor: moderator });
  return true;
}

export function voiceRequests(muc: Muc): () => void {
  const receive = ({ room, from, stanza }: RoomMessage): StanzaError | Handled | undefined => {
    const form = requestForm(stanza);
    if (form === undefined) return undefined;
    const occupant = room.seat(from)?.occupant;
    if (occupant === undefined) return stanzaError('not-acceptable', 'Not in the room');
    if (roleAllows(occupant.role, 'grant-voice')) return decide(muc, room, occupant, form);
    return occupant.role === 'visitor' ? ask(muc, room, occupant) : true;
  };
  const undo = [
    muc.hooks.on('room-message', receive),
    muc.hooks.on('described', ({ features }) => {
      features.push(NS.mucRequest);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
