/** Result Set Management (XEP-0059): which page is asked for, and which one the answer is. */
import { attribute, el, parseInteger, SignalingError, type Element } from '@conclave/signaling';

const rsmNamespace = 'http://jabber.org/protocol/rsm';

export interface PageRequest {
  /** Items on the page; 0: only the count is wanted (s.2.7). */
  readonly max: number | undefined;
  readonly after: string | undefined;
  /** Empty: the last page (s.2.5). */
  readonly before: string | undefined;
}

/** Throws a SignalingError. @param query may have no `<set/>`: then the first page is asked for, as large as it pleases us. */
export function decodePageRequest(query: Element): PageRequest {
  const set = query.getChild('set', rsmNamespace);
  const max = set?.getChildText('max') ?? undefined;
  const after = set?.getChildText('after') ?? undefined;
  const before = set?.getChild('before')?.getText();
  if (set?.getChild('index') !== undefined) throw new SignalingError('pages are not found by number here');
  if (after !== undefined && before !== undefined) throw new SignalingError('either after or before');
  return {
    max: max === undefined ? undefined : parseInteger(max, 0, 2 ** 32, 'max'),
    // An empty `<after/>` is where the first page begins.
    after: after === '' ? undefined : after,
    before,
  };
}

/** @param ids of the items on the page, in order */
export function encodePage(ids: readonly string[], count: number | undefined): Element {
  return el(
    'set',
    { xmlns: rsmNamespace },
    ids.length === 0 ? undefined : el('first', {}, ids[0]),
    ids.length === 0 ? undefined : el('last', {}, ids.at(-1)),
    count === undefined ? undefined : el('count', {}, String(count)),
  );
}

/** The attribute's text as XEP-0082 has it, in milliseconds of the epoch. Throws a SignalingError. */
export function parseTime(text: string): number {
  const isDateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDateTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new SignalingError(`${text} is not a time`);
  return time;
}

/** `queryid` and the like: short, since it comes back with every item. */
export function shortAttribute(element: Element, name: string): string | undefined {
  const value = attribute(element, name);
  if (value !== undefined && value.length > 256) throw new SignalingError(`${name} is too long`);
  return value;
}
