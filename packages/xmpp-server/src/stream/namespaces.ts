/** Which namespace a name is in (Namespaces in XML 1.0): the declarations in force at one place. */
import { fail } from './parser-fault.js';
import type { StartTag } from './xml-tag.js';

const xml = 'http://www.w3.org/XML/1998/namespace';
const xmlns = 'http://www.w3.org/2000/xmlns/';

export interface Namespaces {
  /** Of names without prefix. */
  readonly content: string;
  /** By prefix. */
  readonly prefixes: ReadonlyMap<string, string>;
}

export const noNamespaces: Namespaces = { content: '', prefixes: new Map([['xml', xml]]) };

/** What is in force inside a tag: the same object where the tag declares nothing. */
export function declaredIn(tag: StartTag, outside: Namespaces): Namespaces {
  let inside = outside;
  for (const [name, value] of tag.attributes) {
    if (name === 'xmlns') {
      if (value === xml || value === xmlns) fail('not-well-formed');
      inside = { ...inside, content: value };
    } else if (name.startsWith('xmlns:')) {
      const prefix = name.slice(6);
      const isWrong = value === '' || value === xmlns || prefix === 'xmlns';
      if (isWrong || (prefix === 'xml') !== (value === xml)) fail('not-well-formed');
      inside = { ...inside, prefixes: new Map(inside.prefixes).set(prefix, value) };
    }
  }
  return inside;
}

/** The namespace of a prefix. */
export function namespaceOf(prefix: string, { prefixes }: Namespaces): string {
  return prefixes.get(prefix) ?? fail('not-well-formed');
}
