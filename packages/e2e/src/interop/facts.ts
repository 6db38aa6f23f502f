/**
 * What an answer says, in single facts that can be compared one by one: ids and times that a server makes up, languages, and texts for
 * people are left out. A fact reads `presence from cell@conference.verona.lit/romeo: x{...muc#user}/status[code=110]`.
 */
import { Element } from '@conclave/signaling';

/** Attributes that say nothing of behaviour: languages, names of namespaces, and who it was that refused (optional in RFC 6120 s.8.3.1). */
const silent = /^(xml:lang|xmlns(:.*)?|by)$/;
/** Of a stanza, told otherwise: by the subject of its facts, by a fact of its own, and by who hears it (RFC 6120 s.8.1.1 lets servers leave it out). */
const told = new Set(['from', 'id', 'to']);
/** Of conditions of errors: their names are enough. */
const conditions = /^urn:ietf:params:xml:ns:xmpp-(stanzas|streams|sasl)$/;
const times = new Set(['stamp', 'since', 'seconds', 'ver']);
/** Elements that hold ids of a server's own (XEP-0059). */
const ids = new Set(['first', 'last']);

export interface Answer {
  /** Of which stanza the facts are. */
  readonly subject: string;
  readonly facts: readonly string[];
}

/** @param sent the ids that the script gave; others are the server's own */
export function answerOf(stanza: Element, sent: ReadonlySet<string>): Answer {
  const from = stanza.attrs['from'] as string | undefined;
  return {
    subject: from === undefined ? stanza.name : `${stanza.name} from ${from}`,
    facts: [...describe(stanza, undefined, '', sent)],
  };
}

function* describe(
  element: Element,
  parent: string | undefined,
  parentNs: string,
  sent: ReadonlySet<string>,
): Generator<string> {
  const ns = element.getNS() ?? '';
  const name =
    parent === undefined || ns === parentNs || conditions.test(ns)
      ? element.getName()
      : `${element.getName()}{${ns}}`;
  const path = parent === undefined ? '' : parent === '' ? name : `${parent}/${name}`;
  yield `${path}${attributes(element, parent === undefined, sent)}${text(element)}`;
  if (parent === undefined && sent.has(String(element.attrs['id']))) yield `#id=${element.attrs['id']}`;
  const children = element.children.filter((child) => child instanceof Element);
  for (const child of children) {
    if (child.name === 'text' && /error$|^failure$/.test(element.name)) continue;
    // What an error was the answer to may be repeated in it, or not (RFC 6120 s.8.3.1).
    if (element.attrs['type'] === 'error' && child.name !== 'error' && parent === undefined) continue;
    yield* describe(child, path, ns, sent);
  }
}

function attributes(element: Element, isStanza: boolean, sent: ReadonlySet<string>): string {
  const pairs = Object.entries(element.attrs as Record<string, unknown>)
    .filter(([name]) => !silent.test(name) && !(isStanza && told.has(name)))
    // Who delayed a stanza, or who sent it in the first place: XEP-0203 s.4 leaves it open.
    .filter(([name]) => !(name === 'from' && element.name === 'delay'))
    .map(([name, value]) => `${name}=${shown(name, String(value), sent)}`);
  return pairs.length === 0 ? '' : `[${pairs.sort().join(' ')}]`;
}

function shown(name: string, value: string, sent: ReadonlySet<string>): string {
  if (times.has(name)) return '…';
  return name === 'id' && !sent.has(value) ? '…' : value;
}

function text(element: Element): string {
  const own = element.children.filter((child) => typeof child === 'string').join('');
  if (own.trim() === '') return '';
  return ids.has(element.name) ? '="…"' : `="${own.trim()}"`;
}
