/** Service discovery information (XEP-0030) and its hash in presence (XEP-0115). */
import { sha1 } from '@noble/hashes/legacy.js';
import { type DataForm, decodeDataForm, encodeDataForm, formValue } from './data-form.js';
import { type Element, attribute, el, present, requiredAttribute } from './elements.js';
import { NS } from './namespaces.js';
import { SignalingError } from './signaling-error.js';

export interface DiscoIdentity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
  readonly lang?: string;
}

export interface DiscoInfo {
  readonly node?: string;
  readonly identities: readonly DiscoIdentity[];
  readonly features: readonly string[];
  /** XEP-0128 extensions. */
  readonly forms: readonly DataForm[];
}

export function encodeDiscoInfo(info: DiscoInfo): Element {
  return el(
    'query',
    { xmlns: NS.discoInfo, node: info.node },
    info.identities.map(({ category, type, name, lang }) =>
      el('identity', { category, type, name, 'xml:lang': lang }),
    ),
    info.features.map((feature) => el('feature', { var: feature })),
    info.forms.map(encodeDataForm),
  );
}

/** Far above what any entity announces. */
const maxFeatures = 1024;

/** Reads the `<query/>` of a result. Throws a SignalingError. */
export function decodeDiscoInfo(query: Element): DiscoInfo {
  if (!query.is('query', NS.discoInfo)) throw new SignalingError('not a disco#info query');
  const features = query.getChildren('feature');
  if (features.length > maxFeatures) throw new SignalingError('too many features');
  return present({
    node: attribute(query, 'node'),
    identities: query.getChildren('identity').map((identity) =>
      present({
        category: requiredAttribute(identity, 'category'),
        type: requiredAttribute(identity, 'type'),
        name: attribute(identity, 'name'),
        lang: attribute(identity, 'xml:lang'),
      }),
    ),
    features: features.map((feature) => requiredAttribute(feature, 'var')),
    forms: query.getChildren('x', NS.dataForms).map(decodeDataForm),
  });
}

/** i;octet collation: the order of UTF-8 octets is the order of code points. */
function byOctets(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function formParts(form: DataForm): string[] {
  const fields = form.fields
    .filter((field) => field.var !== 'FORM_TYPE')
    .sort((a, b) => byOctets(a.var, b.var));
  return [
    formValue(form, 'FORM_TYPE') ?? '',
    ...fields.flatMap((field) => [field.var, ...[...field.values].sort(byOctets)]),
  ];
}

/** Identities, features and forms in the order of XEP-0115 s.5.1; each list is one `<`-terminated run. */
function verificationParts(info: DiscoInfo): { identities: string[]; features: string[]; forms: string[][] } {
  return {
    identities: info.identities
      .map(({ category, type, name, lang }) => `${category}/${type}/${lang ?? ''}/${name ?? ''}`)
      .sort(byOctets),
    features: [...info.features].sort(byOctets),
    forms: info.forms
      .filter((form) => formValue(form, 'FORM_TYPE') !== undefined)
      .map(formParts)
      .sort((a, b) => byOctets(a[0] ?? '', b[0] ?? '')),
  };
}

/** The verification string's SHA-1 in base 64: the `ver` of `<c/>`. */
export function capsHash(info: DiscoInfo): string {
  const { identities, features, forms } = verificationParts(info);
  const text = [...identities, ...features, ...forms.flat()].map((part) => `${part}<`).join('');
  return btoa(String.fromCharCode(...sha1(new TextEncoder().encode(text))));
}

/**
 * Whether `info` is what `ver` stands for, so that it may be kept for everyone who announces `ver`. An ill-formed
 * answer (s.5.4: something twice) or one with a `<` in it, which can imitate another's hash, never is.
 */
export function capsMatch(info: DiscoInfo, ver: string): boolean {
  const { identities, features, forms } = verificationParts(info);
  const unique = (texts: readonly string[]) => new Set(texts).size === texts.length;
  if (!unique(identities) || !unique(features) || !unique(forms.map((form) => form[0] ?? ''))) return false;
  if ([...identities, ...features, ...forms.flat()].some((part) => part.includes('<'))) return false;
  return capsHash(info) === ver;
}

/** `<c/>`, the announcement in presence. */
export interface Caps {
  readonly node: string;
  readonly ver: string;
  readonly hash: string;
}

export function encodeCaps(node: string, info: DiscoInfo): Element {
  return el('c', { xmlns: NS.caps, hash: 'sha-1', node, ver: capsHash(info) });
}

/** The announcement in a presence; undefined when there is none or it lacks a part (the old, hashless form). */
export function decodeCaps(presence: Element): Caps | undefined {
  const c = presence.getChild('c', NS.caps);
  const node = c && attribute(c, 'node');
  const ver = c && attribute(c, 'ver');
  const hash = c && attribute(c, 'hash');
  return node !== undefined && ver !== undefined && hash !== undefined ? { node, ver, hash } : undefined;
}
