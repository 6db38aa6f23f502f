/** What visitors may say: text, in their own name as the room knows it. What programs say to one another is for those who take part. */
import { attribute, el, type Element, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import type { Occupant } from '../muc/occupant.js';
import { nameOf } from './display-name.js';

const displayNameNamespace = 'http://jitsi.org/protocol/display-name';

/** Parts of a message that go along with text, by name and namespace; the text itself has none. */
const allowed: ReadonlySet<string> = new Set([
  'body ',
  `body ${NS.client}`,
  'reply urn:xmpp:reply:0',
  'reactions urn:xmpp:reactions:0',
  `nick ${NS.nick}`,
  `display-name ${displayNameNamespace}`,
  `origin-id ${NS.stanzaId}`,
]);

/** A copy without anything else. */
export function speechOf(message: Element): Element {
  const copy = el('message');
  Object.assign(copy.attrs, message.attrs);
  copy.children = message.children.filter(
    (child) => typeof child === 'object' && allowed.has(`${child.getName()} ${child.getNS() ?? ''}`),
  );
  return copy;
}

/** Leaves of a visitor's message what visitors may say, and says who says it. */
export function visitorSpeech(message: Element, visitor: Occupant): StanzaError | undefined {
  const kept = speechOf(message).children.filter(
    (child) => typeof child === 'object' && !['nick', 'display-name'].includes(child.getName()),
  );
  if (kept.length === 0 || attribute(message, 'type') === 'error')
    return stanzaError('forbidden', 'Visitors say text only');
  const name = nameOf(visitor) || 'anonymous';
  message.children = [
    ...kept,
    el('nick', { xmlns: NS.nick }, name),
    el('display-name', { xmlns: displayNameNamespace, source: 'visitor' }, name),
  ];
  return undefined;
}
