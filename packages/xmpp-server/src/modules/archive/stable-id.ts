/** Stable ids (XEP-0359): what an archive calls a stanza, told to whoever receives it; never taken from anybody else. */
import { attribute, childElements, el, NS, type Element, type Jid } from '@conclave/signaling';
import { withAttributes } from '../../stream/with-attributes.js';

/** Without ids that claim to be of this address (its bare JID): only its own server gives them. */
export function withoutStableIds(stanza: Element, address: Jid): Element {
  if (stanza.getChild('stanza-id') === undefined) return stanza;
  const by = address.bare;
  const forged = childElements(stanza).filter((child) => isBy(child, by));
  if (forged.length === 0) return stanza;
  const copy = withAttributes(stanza, {});
  copy.children = stanza.children.filter((child) => typeof child === 'string' || !forged.includes(child));
  return copy;
}

export function withStableId(stanza: Element, by: Jid, id: string): Element {
  const copy = withAttributes(stanza, {});
  copy.children = [...stanza.children, el('stanza-id', { xmlns: NS.stanzaId, by: by.toString(), id })];
  return copy;
}

/** The id that an address has given a stanza. */
export function stableIdBy(stanza: Element, by: Jid): string | undefined {
  const found = childElements(stanza).find((child) => isBy(child, by));
  return found === undefined ? undefined : attribute(found, 'id');
}

function isBy(child: Element, by: Jid): boolean {
  return (
    child.is('stanza-id', NS.stanzaId) &&
    attribute(child, 'by')?.toLowerCase() === by.toString().toLowerCase()
  );
}
