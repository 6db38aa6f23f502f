/** Bookmarks as one item a room (XEP-0402) and as one list of all (XEP-0048), and each made of the other. */
import {
  attribute,
  childElements,
  el,
  stanzaError,
  tryParseJid,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import { parse } from 'ltx';
import type { Item } from '../pubsub/node.js';

export const bookmarksNode = 'urn:xmpp:bookmarks:1';
export const legacyNamespace = 'storage:bookmarks';

/** What both forms can say; `extensions` only the newer. */
interface Bookmark {
  /** Bare JID of the room. */
  readonly room: string;
  readonly name: string | undefined;
  readonly autojoin: boolean;
  readonly nick: string | undefined;
  readonly password: string | undefined;
}

export function encodeLegacy(items: readonly Item[]): Element {
  const conferences = items.flatMap(({ id, xml }) => {
    if (xml === '') return [];
    const conference = parse(xml);
    return [encode('conference', { jid: id }, readBookmark(id, conference))];
  });
  return el('storage', { xmlns: legacyNamespace }, conferences);
}

/** The bookmarks of a list; an error when it holds what would be lost. */
export function parseLegacy(storage: Element): readonly Bookmark[] | StanzaError {
  const bookmarks = new Map<string, Bookmark>();
  for (const child of childElements(storage)) {
    // Of the list's elements only rooms have a place in the newer form.
    if (child.name !== 'conference') return { ...stanzaError('not-allowed'), type: 'modify' };
    const room = tryParseJid(attribute(child, 'jid'))?.bare.toString();
    if (room === undefined) return stanzaError('jid-malformed');
    bookmarks.set(room, readBookmark(room, child));
  }
  return [...bookmarks.values()];
}

/** What has to be published and withdrawn, so that the items say what the list says. */
export function difference(
  items: readonly Item[],
  wanted: readonly Bookmark[],
): { readonly publish: readonly { id: string; payload: Element }[]; readonly retract: readonly string[] } {
  const before = new Map(items.map((item) => [item.id, item.xml === '' ? undefined : parse(item.xml)]));
  const kept = new Set(wanted.map(({ room }) => room));
  const publish = wanted.flatMap((bookmark) => {
    const known = before.get(bookmark.room);
    const isKnown = known !== undefined && isSame(readBookmark(bookmark.room, known), bookmark);
    // What only the newer form can say stays.
    const extensions = known?.getChild('extensions');
    const payload = encode('conference', { xmlns: bookmarksNode }, bookmark, extensions);
    return isKnown ? [] : [{ id: bookmark.room, payload }];
  });
  return { publish, retract: [...before.keys()].filter((id) => !kept.has(id)) };
}

function readBookmark(room: string, conference: Element): Bookmark {
  return {
    room,
    name: attribute(conference, 'name'),
    autojoin: ['1', 'true'].includes(attribute(conference, 'autojoin') ?? ''),
    nick: conference.getChildText('nick') ?? undefined,
    password: conference.getChildText('password') ?? undefined,
  };
}

function encode(
  element: string,
  attributes: Readonly<Record<string, string>>,
  { name, autojoin, nick, password }: Bookmark,
  extensions?: Element,
): Element {
  return el(
    element,
    { ...attributes, name, autojoin: autojoin ? 'true' : undefined },
    nick === undefined ? undefined : el('nick', {}, nick),
    password === undefined ? undefined : el('password', {}, password),
    extensions,
  );
}

function isSame(a: Bookmark, b: Bookmark): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
