/** What a message is for, told by what is in it: the rules of storing and copying rest on these few questions. */
import { attribute, childElements, type Element } from '@conclave/signaling';

/** Processing hints (XEP-0334). */
export type Hint = 'store' | 'no-store' | 'no-permanent-store' | 'no-copy';

const hints = 'urn:xmpp:hints';
const chatStates = 'http://jabber.org/protocol/chatstates';
const callInvitations = 'urn:xmpp:jingle-message:';

/** Namespaces of what belongs to a conversation without being said in it. */
const conversation = [chatStates, 'urn:xmpp:receipts', 'urn:xmpp:chat-markers:0'];

/** End-to-end encryption, by the namespace of what is encrypted or of the remark that it is (XEP-0380). */
const encryption = [
  'urn:xmpp:eme:0',
  'eu.siacs.conversations.axolotl',
  'urn:xmpp:omemo:2',
  'urn:xmpp:openpgp:0',
  'jabber:x:encrypted',
];

export function hasHint(message: Element, hint: Hint): boolean {
  return childElements(message).some((child) => child.name === hint && namespaceOf(child) === hints);
}

/** Something for a person to read, now or later. */
export function isForReading(message: Element): boolean {
  return childElements(message).some(
    (child) =>
      child.name === 'body' ||
      child.name === 'subject' ||
      encryption.includes(namespaceOf(child)) ||
      isInvitation(child),
  );
}

/** Something that is of interest at this moment only, as that somebody is typing (XEP-0085). */
export function isMomentary(message: Element): boolean {
  const children = childElements(message).filter(
    (child) => child.name !== 'thread' && namespaceOf(child) !== hints,
  );
  return children.length > 0 && children.every((child) => namespaceOf(child) === chatStates);
}

/** A part of a conversation, or of a call. */
export function isConversational(message: Element): boolean {
  return (
    isForReading(message) ||
    childElements(message).some((child) => {
      const namespace = namespaceOf(child);
      return conversation.includes(namespace) || namespace.startsWith(callInvitations);
    })
  );
}

/** Sent by a room, or to one of its occupants (XEP-0045 s.7.5). */
export function isOfRoom(message: Element): boolean {
  return message.getChild('x', 'http://jabber.org/protocol/muc#user') !== undefined;
}

/** The type, where a missing or unknown one means `normal` (RFC 6121 s.5.2.2). */
export function messageType(message: Element): 'chat' | 'error' | 'groupchat' | 'headline' | 'normal' {
  const type = attribute(message, 'type');
  return type === 'chat' || type === 'error' || type === 'groupchat' || type === 'headline' ? type : 'normal';
}

/** XEP-0249, and XEP-0045 s.7.8.2. */
function isInvitation(child: Element): boolean {
  if (child.name !== 'x') return false;
  const namespace = namespaceOf(child);
  return (
    namespace === 'jabber:x:conference' ||
    (namespace === 'http://jabber.org/protocol/muc#user' && child.getChild('invite') !== undefined)
  );
}

function namespaceOf(child: Element): string {
  return child.getNS() ?? '';
}
