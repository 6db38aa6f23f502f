/** Characters, references and white space of XML 1.0 (s.2.2, s.2.11, s.3.3.3, s.4.6): what a stretch of text or a value means. */
import { fail } from './parser-fault.js';

/** Anything that does not stand for itself. Text was UTF-8, so that surrogates come in pairs. */
// eslint-disable-next-line no-control-regex
const special = /[&\r\]\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex
const specialInValue = /[&\t\n\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex
const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The text between two tags. */
export function decodeText(raw: string): string {
  if (!special.test(raw)) return raw;
  if (raw.includes(']]>')) fail('not-well-formed');
  return decodeReferences(withLineEnds(raw));
}

/** What is between `<![CDATA[` and `]]>`. */
export function decodeCdata(raw: string): string {
  if (illegal.test(raw)) fail('not-well-formed');
  return withLineEnds(raw);
}

/** What is between the quotes of an attribute. */
export function decodeValue(raw: string): string {
  if (!specialInValue.test(raw)) return raw;
  return decodeReferences(withLineEnds(raw).replace(/[\t\n]/g, ' '));
}

function withLineEnds(raw: string): string {
  return raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
}

function decodeReferences(raw: string): string {
  if (illegal.test(raw)) fail('not-well-formed');
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(?:([^&;\s]+);)?/g, (_, name: string | undefined) => reference(name));
}

function reference(name: string | undefined): string {
  if (name === undefined) return fail('not-well-formed');
  const character = entities.get(name);
  if (character !== undefined) return character;
  // Entities that a DTD would have to declare (RFC 6120 s.11.1).
  if (!name.startsWith('#')) return fail('restricted-xml');
  const [, decimal, hexadecimal] = /^#(?:([0-9]{1,8})|x([0-9a-fA-F]{1,8}))$/.exec(name) ?? [];
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return isLegal(code) ? String.fromCodePoint(code) : fail('not-well-formed');
}

function isLegal(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
