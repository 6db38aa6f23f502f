/** The same stanza to somebody else: stanzas on their way are shared, and never changed. */
import { Element } from 'ltx';

/** A copy with some attributes changed (`undefined`: left out) that shares the children of the original. */
export function withAttributes(
  stanza: Element,
  attributes: Readonly<Record<string, string | undefined>>,
): Element {
  const copy = new Element(stanza.name);
  const all = { ...(stanza.attrs as Record<string, string | undefined>), ...attributes };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) copy.attrs[name] = value;
  }
  copy.children = stanza.children;
  return copy;
}
