/** The fields of a vCard4 (RFC 6351) as vcard-temp (XEP-0054) has them. */
import { el, type Element } from '@conclave/signaling';
import { parse } from 'ltx';

interface Field {
  /** In vcard-temp. */
  readonly name: string;
  /** Where the value stands in it; none: it is the text itself. */
  readonly inside?: string;
}

const namespace = 'urn:ietf:params:xml:ns:vcard-4.0';

/** Of fields with one value. */
const fields: Readonly<Record<string, Field>> = {
  fn: { name: 'FN' },
  nickname: { name: 'NICKNAME' },
  bday: { name: 'BDAY' },
  url: { name: 'URL' },
  tz: { name: 'TZ' },
  title: { name: 'TITLE' },
  role: { name: 'ROLE' },
  note: { name: 'NOTE' },
  org: { name: 'ORG', inside: 'ORGNAME' },
  email: { name: 'EMAIL', inside: 'USERID' },
  tel: { name: 'TEL', inside: 'NUMBER' },
};

/** Parts of a name and of an address. */
const structures: Readonly<Record<string, { name: string; parts: Readonly<Record<string, string>> }>> = {
  n: {
    name: 'N',
    parts: { surname: 'FAMILY', given: 'GIVEN', additional: 'MIDDLE', prefix: 'PREFIX', suffix: 'SUFFIX' },
  },
  adr: {
    name: 'ADR',
    parts: {
      pobox: 'POBOX',
      ext: 'EXTADD',
      street: 'STREET',
      locality: 'LOCALITY',
      region: 'REGION',
      code: 'PCODE',
      country: 'CTRY',
    },
  },
};

/** @param xml a `<vcard/>`; anything else has no fields */
export function toVcardTemp(xml: string): readonly Element[] {
  const vcard = xml === '' ? undefined : parse(xml);
  if (vcard?.is('vcard', namespace) !== true) return [];
  return vcard.children.flatMap((child) => (typeof child === 'string' ? [] : convert(child)));
}

function convert(child: Element): readonly Element[] {
  const field = Object.hasOwn(fields, child.name) ? fields[child.name] : undefined;
  const text = child.getChildText('text') ?? child.getChildText('uri') ?? child.getChildText('date') ?? '';
  if (field !== undefined) {
    if (text === '') return [];
    const value = child.name === 'tel' ? text.replace(/^tel:/, '') : text;
    return [el(field.name, {}, field.inside === undefined ? value : el(field.inside, {}, value))];
  }
  const structure = Object.hasOwn(structures, child.name) ? structures[child.name] : undefined;
  if (structure === undefined) return [];
  const parts = Object.entries(structure.parts).flatMap(([from, to]) => {
    const part = child.getChildText(from) ?? '';
    return part === '' ? [] : [el(to, {}, part)];
  });
  return parts.length === 0 ? [] : [el(structure.name, {}, parts)];
}
