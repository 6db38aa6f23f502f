/**
 * Requests to be made a member (XEP-0045 s.9.9): where the room takes them, those who make members are asked by form, and answer by
 * form. Which request they answer is said by address and nickname, so that an answer never serves another request.
 */
import {
  type DataForm,
  type Element,
  el,
  encodeDataForm,
  formTypeField,
  formValue,
  type Jid,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Handled } from '../../../host/host.js';
import { Broadcast } from '../../broadcast.js';
import { makeChanges } from '../../changes.js';
import { booleanField, parseBoolean } from '../../config-form.js';
import type { Muc } from '../../context.js';
import { deliver, deliverTo } from '../../delivery.js';
import type { RoomMessage } from '../../events.js';
import { formIn } from '../../forms.js';
import { compareAffiliations } from '../../ranks.js';
import type { Room } from '../../room.js';
import type { Standing } from '../../affiliations.js';
import { type AskOutcome, MembershipRequests, storedRequests } from './requests.js';

export const registrationForm = 'http://jabber.org/protocol/muc#register';
export const nickField = 'muc#register_roomnick';

/** What the rest of registration does for a request. */
interface Nicknames {
  /** Why a person may not have a nickname kept. */
  unavailable(room: Room, person: Jid, nick: string): StanzaError | undefined;
}

interface Approval {
  /** Whether somebody who does not belong to the room may ask to; or why not. */
  refuses(room: Room, person: Jid): StanzaError | undefined;
  /** The nickname that a request names which waits. */
  requestedNick(room: Room, person: Jid): string | undefined;
  /** Puts a request to those who decide; undefined: it waits for their answer. */
  ask(room: Room, person: Jid, nick: string): StanzaError | undefined;
  readonly dispose: () => void;
}

const answers: Readonly<Record<AskOutcome, () => StanzaError | undefined>> = {
  new: () => undefined,
  same: () => undefined,
  'other-nick': () => stanzaError('not-acceptable', 'Another request is waiting for an answer'),
  refused: () => stanzaError('not-allowed', 'The request was refused'),
  full: () => ({ ...stanzaError('resource-constraint', 'Too many requests'), type: 'wait' }),
};

/** Who makes members: administrators and owners (s.5.2.1). */
function decides({ affiliation }: Standing): boolean {
  return compareAffiliations(affiliation, 'admin') >= 0;
}

function question(room: Room, person: string, nick: string): Element {
  const form = encodeDataForm({
    type: 'form',
    title: 'Registration request',
    instructions: `${person} asks to be made a member.`,
    fields: [
      formTypeField(registrationForm),
      { var: 'muc#jid', type: 'jid-single', label: 'User', values: [person] },
      { var: nickField, type: 'text-single', label: 'Nickname', values: [nick] },
      { var: 'muc#register_allow', type: 'boolean', label: 'Make a member?', values: ['false'] },
    ],
  });
  return el('message', { from: room.jid.toString() }, form);
}

export function approval(muc: Muc, nicknames: Nicknames): Approval {
  const limit = muc.options.limits.registrationRequests;
  const byRoom = new WeakMap<Room, MembershipRequests>();
  const requestsOf = (room: Room): MembershipRequests => {
    const requests = byRoom.get(room) ?? new MembershipRequests(limit);
    byRoom.set(room, requests);
    return requests;
  };

  const refuses = (room: Room, person: Jid): StanzaError | undefined => {
    if (room.affiliation(person) === 'outcast') return stanzaError('forbidden');
    return room.config.registration ? undefined : stanzaError('not-allowed', 'Ask to be made a member');
  };

  const ask = (room: Room, person: Jid, nick: string): StanzaError | undefined => {
    const refused = refuses(room, person) ?? nicknames.unavailable(room, person, nick);
    if (refused !== undefined) return refused;
    const outcome = requestsOf(room).ask(person, nick);
    if (outcome === 'new') {
      const broadcast = new Broadcast(question(room, person.toString(), nick));
      for (const receiver of room.occupants) {
        if (decides(receiver)) deliver(muc, receiver.sessions, broadcast);
      }
    }
    return answers[outcome]();
  };

  const grant = (room: Room, by: Jid, person: Jid, nick: string): StanzaError | Handled => {
    const refused =
      nicknames.unavailable(room, person, nick) ??
      makeChanges(muc, room, by, [{ kind: 'affiliation', person, affiliation: 'member', reason: undefined }]);
    if (refused !== undefined) return refused;
    room.reserveNick(person, nick);
    muc.changed(room);
    return true;
  };

  const decide = (room: Room, by: Jid, form: DataForm): StanzaError | Handled => {
    const person = tryParseJid(formValue(form, 'muc#jid'));
    const nick = formValue(form, nickField);
    const request = person === undefined ? undefined : byRoom.get(room)?.of(person);
    if (person === undefined || request === undefined || request.nick !== nick) {
      return stanzaError('item-not-found', 'No such request');
    }
    const allow = parseBoolean(formValue(form, 'muc#register_allow') ?? '');
    if (allow === undefined) return stanzaError('bad-request');
    if (allow) return grant(room, by, person, nick);
    requestsOf(room).refuse(person);
    muc.changed(room);
    return true;
  };

  const receive = ({ room, from, stanza }: RoomMessage): StanzaError | Handled | undefined => {
    const form = formIn(stanza);
    if (form === undefined || formValue(form, 'FORM_TYPE') !== registrationForm) return undefined;
    if (!decides(room.standing(from))) return stanzaError('forbidden');
    // Who gives up the form leaves the decision to others.
    return form.type === 'submit' ? decide(room, from, form) : true;
  };

  const undo = [
    muc.form.add(
      booleanField('x-muc#roomconfig_registration', 'registration', 'May others ask to be made members?'),
    ),
    muc.keep({
      name: 'registration-requests',
      schema: storedRequests,
      save: (room) => byRoom.get(room)?.stored(),
      restore: (room, stored) => void byRoom.set(room, new MembershipRequests(limit, stored)),
    }),
    muc.hooks.on('room-message', receive),
    // Who decides and was not there is asked on coming.
    muc.hooks.on('entered', ({ room, occupant, session }) => {
      if (!decides(occupant)) return;
      for (const { person, nick } of byRoom.get(room)?.waiting ?? []) {
        deliverTo(muc, session, question(room, person, nick));
      }
    }),
    // What somebody is to the room has been said in another way, or is over.
    muc.hooks.on('affiliation-changed', ({ room, person }) => {
      if (byRoom.get(room)?.forget(person) === true) muc.changed(room);
    }),
  ];
  return {
    refuses,
    requestedNick: (room, person) => byRoom.get(room)?.of(person)?.nick,
    ask,
    dispose: () => undo.forEach((each) => each()),
  };
}
