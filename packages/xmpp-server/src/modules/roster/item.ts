/** Roster items on the wire (RFC 6121 s.2.1.2), and what a client may not write into them (s.2.3.3). */
import {
  attribute,
  childElements,
  el,
  stanzaError,
  tryParseJid,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import type { Contact } from './contact.js';
import { meaning } from './subscription.js';

export const rosterNamespace = 'jabber:iq:roster';

export interface ItemLimits {
  /** Characters of a name, and of the name of a group. */
  readonly nameLength: number;
  readonly groups: number;
}

/** What a client asks for: to add or change a contact, or to remove it. Bare JID. */
export type ItemRequest =
  | {
      readonly kind: 'update';
      readonly jid: string;
      readonly name: string;
      readonly groups: readonly string[];
    }
  | { readonly kind: 'remove'; readonly jid: string };

/** Reads a roster set; whatever the client says of the subscription's state is not its to say (s.2.1.2.5). */
export function parseRosterSet(query: Element, limits: ItemLimits): ItemRequest | StanzaError {
  const [item, ...more] = childElements(query);
  if (item === undefined || item.name !== 'item' || more.length > 0) return stanzaError('bad-request');
  const address = tryParseJid(attribute(item, 'jid'));
  if (address?.isBare !== true) return stanzaError('bad-request', 'A contact is a bare JID');
  const jid = address.toString();
  if (attribute(item, 'subscription') === 'remove') return { kind: 'remove', jid };
  const name = attribute(item, 'name') ?? '';
  const groups = item.getChildren('group').map((group) => group.getText());
  if (new Set(groups).size < groups.length) return stanzaError('bad-request', 'The same group twice');
  const isNamed = (text: string): boolean => text !== '' && text.length <= limits.nameLength;
  if (name.length > limits.nameLength || !groups.every(isNamed) || groups.length > limits.groups) {
    return stanzaError('not-acceptable');
  }
  return { kind: 'update', jid, name, groups };
}

export function encodeItem({ jid, name, groups, approved, state }: Contact): Element {
  const { subscription, asks } = meaning(state);
  return el(
    'item',
    {
      jid,
      name: name === '' ? undefined : name,
      subscription,
      ask: asks ? 'subscribe' : undefined,
      approved: approved ? 'true' : undefined,
    },
    groups.map((group) => el('group', {}, group)),
  );
}

/** Whether a client would see the difference. */
export function looksTheSame(a: Contact, b: Contact): boolean {
  return a.listed === b.listed && (!a.listed || encodeItem(a).toString() === encodeItem(b).toString());
}
