/** One tag as it stands in XML 1.0 (s.3.1), with names that namespaces allow (Namespaces in XML, s.4). */
import { fail } from './parser-fault.js';
import { decodeValue } from './xml-text.js';

export interface StartTag {
  /** As written: `prefix:local` or `local`. */
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Whether it is its own end. */
  readonly empty: boolean;
}

const start =
  'A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const name = `[${start}][\\u0300-\\u036f.0-9${start}\\u203f-\\u2040\\xb7-]*`;
const qualified = `${name}(?::${name})?`;
const space = '[ \\t\\r\\n]';

const opening = new RegExp(`<(${qualified})`, 'uy');
const attribute = new RegExp(`${space}+(${qualified})${space}*=${space}*(?:"([^"<]*)"|'([^'<]*)')`, 'uy');
const closing = new RegExp(`${space}*(/?)>$`, 'uy');
const end = new RegExp(`^</(${qualified})${space}*>$`, 'u');

const none: StartTag['attributes'] = [];

/** @param tag from `<` to `>` */
export function parseStartTag(tag: string): StartTag {
  const head = matchAt(opening, tag, 0);
  if (head?.[1] === undefined) fail('not-well-formed');
  let at = opening.lastIndex;
  let attributes: (readonly [string, string])[] | undefined;
  for (let found = matchAt(attribute, tag, at); found !== null; found = matchAt(attribute, tag, at)) {
    at = attribute.lastIndex;
    attributes ??= [];
    attributes.push([found[1] ?? '', decodeValue(found[2] ?? found[3] ?? '')]);
  }
  const tail = matchAt(closing, tag, at);
  if (tail === null) fail('not-well-formed');
  return { name: head[1], attributes: attributes ?? none, empty: tail[1] === '/' };
}

/** The name that ends. @param tag from `</` to `>` */
export function parseEndTag(tag: string): string {
  return end.exec(tag)?.[1] ?? fail('not-well-formed');
}

/** Of a sticky pattern. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
