/** The same stanza to somebody else: stanzas on their way are shared, and never changed. */
import { Element } from 'ltx';

/** A copy with some attributes changed (`undefined`: left out) that shares the children of the original. */
export function withAttributes(
  stanza: Element,
  attributes: Readonly<Record<string, string | undefined>>,
): Element {
  const copy = new Element(stanza.name);
  Object.assign(copy.attrs, stanza.attrs, attributes);
  for (const name in attributes) {
    if (attributes[name] === undefined) Reflect.deleteProperty(copy.attrs, name);
  }
  copy.children = stanza.children;
  return copy;
}
