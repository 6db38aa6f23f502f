/** Which messages an archive keeps (XEP-0313 s.5.1), and what of them. */
import { childElements, type Element } from '@conclave/signaling';
import { withAttributes } from '../../stream/with-attributes.js';
import { hasHint, isConversational, isMomentary, messageType } from '../message/content.js';

const chatStates = 'http://jabber.org/protocol/chatstates';

/** @param toSession whether it goes to a full JID: then an error tells a client what became of its message */
export function isArchivable(message: Element, toSession: boolean): boolean {
  if (hasHint(message, 'no-store') || hasHint(message, 'no-permanent-store')) return false;
  switch (messageType(message)) {
    case 'groupchat':
    case 'headline':
      return false;
    case 'error':
      return toSession;
    default:
      if (hasHint(message, 'store')) return true;
      return isConversational(message) && !isMomentary(message);
  }
}

/** Without what was of interest at its moment only. */
export function lasting(message: Element): Element {
  const states = childElements(message).filter((child) => child.getNS() === chatStates);
  if (states.length === 0) return message;
  const copy = withAttributes(message, {});
  copy.children = message.children.filter((child) => typeof child === 'string' || !states.includes(child));
  return copy;
}
