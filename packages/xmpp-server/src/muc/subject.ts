/** The subject of a room (XEP-0045 s.8.1): a message of its own, with `<subject/>` and neither body nor thread. */
import { type Element, el, stanzaError } from '@conclave/signaling';
import type { Muc } from './context.js';
import { delayElement } from './history.js';
import type { Room } from './room.js';
import { roleAllows } from './affiliations.js';

/** What a newcomer is told, also when no subject has ever been set. */
export function subjectMessage(room: Room): Element {
  const { subject } = room;
  return el(
    'message',
    { type: 'groupchat', from: (subject?.by ?? room.jid).toString() },
    el('subject', {}, subject?.text),
    subject && delayElement(room.jid, subject.at),
  );
}

function newSubject(message: Element): string | undefined {
  const own = (name: string) =>
    message.children.find((child): child is Element => typeof child === 'object' && child.name === name);
  const subject = own('subject');
  return subject === undefined || own('body') !== undefined || own('thread') !== undefined
    ? undefined
    : subject.getText();
}

/** Recorded after every other handler has let the message pass; it then goes to all like any other. */
const afterObjections = -100;

export function subjects(muc: Muc): () => void {
  return muc.hooks.on(
    'groupchat',
    ({ room, occupant, stanza }) => {
      const text = newSubject(stanza);
      if (text === undefined) return undefined;
      const allowed =
        roleAllows(occupant.role, 'change-subject') ||
        (occupant.role === 'participant' && room.config.changeSubject);
      if (!allowed) return stanzaError('forbidden');
      if (text.length > muc.options.limits.subjectLength) {
        return stanzaError('not-acceptable', 'Subject too long');
      }
      room.subject = { text, by: occupant.jid, at: muc.now() };
      muc.changed(room);
      return undefined;
    },
    afterObjections,
  );
}
