/** The commands of XEP-0191 as they come from clients. */
import {
  attribute,
  childElements,
  el,
  stanzaError,
  tryParseJid,
  type Element,
  type StanzaError,
} from '@conclave/signaling';

export const blockingNamespace = 'urn:xmpp:blocking';

/** The addresses that a command names, normalised. */
export function parseItems(command: Element): readonly string[] | StanzaError {
  const jids: string[] = [];
  for (const item of childElements(command)) {
    if (item.name !== 'item') return stanzaError('bad-request');
    const jid = tryParseJid(attribute(item, 'jid'));
    if (jid === undefined) return stanzaError('jid-malformed');
    jids.push(jid.toString());
  }
  return jids;
}

export function itemsOf(name: 'blocklist' | 'block' | 'unblock', jids: readonly string[]): Element {
  return el(
    name,
    { xmlns: blockingNamespace },
    jids.map((jid) => el('item', { jid })),
  );
}
