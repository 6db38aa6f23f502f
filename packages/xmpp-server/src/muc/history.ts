/** The last messages of a room, for whoever enters (XEP-0045 s.7.2.13): a ring bounded by number and by size. */
import { type Element, attribute, el, NS, type Jid } from '@conclave/signaling';
import { stableIdBy } from '../modules/archive/stable-id.js';
import { withAttributes } from '../stream/with-attributes.js';
import { Broadcast } from './broadcast.js';

export interface HistoryLimits {
  readonly messages: number;
  /** Characters of XML in all. */
  readonly characters: number;
}

/** What a newcomer asks for with `<history/>`; what is absent does not limit. */
export interface HistoryRequest {
  readonly maxStanzas?: number;
  readonly maxCharacters?: number;
  /** Milliseconds of the epoch: nothing older. */
  readonly since?: number;
}

/** Reads `<history/>` of `<x muc/>`; malformed attributes do not limit. @param usual how many get those who ask for nothing */
export function decodeHistoryRequest(join: Element, now: number, usual: number): HistoryRequest {
  const history = join.getChild('history');
  if (history === undefined) return { maxStanzas: usual };
  const count = (name: string): number | undefined => {
    const text = attribute(history, name);
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const maxStanzas = count('maxstanzas');
  const maxCharacters = count('maxchars');
  const seconds = count('seconds');
  const stamp = Date.parse(attribute(history, 'since') ?? '');
  const starts = [
    ...(seconds === undefined ? [] : [now - seconds * 1000]),
    ...(Number.isNaN(stamp) ? [] : [stamp]),
  ];
  return {
    ...(maxStanzas === undefined ? {} : { maxStanzas }),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
    ...(starts.length === 0 ? {} : { since: Math.max(...starts) }),
  };
}

/** `<delay/>` (XEP-0203) in the name of the room. */
export function delayElement(room: Jid, at: number): Element {
  return el('delay', { xmlns: NS.delay, from: room.toString(), stamp: new Date(at).toISOString() });
}

/** All times that a room lives to see are written with as many characters. */
const emptyDelayLength = `<delay xmlns="${NS.delay}" from="" stamp="2026-01-01T00:00:00.000Z"/>`.length;

function delayLength(room: Jid): number {
  return emptyDelayLength + room.toString().length;
}

function late({ message, room, at, notes = [] }: Remembered): Broadcast {
  const stanza = el('message');
  Object.assign(stanza.attrs, message.stanza.attrs);
  stanza.children = [...message.stanza.children, ...notes, delayElement(room, at)];
  return new Broadcast(stanza);
}

function sizeOf({ message, room, notes = [] }: Remembered): number {
  const noted = notes.reduce((sum, note) => sum + note.toString().length, 0);
  return message.serialized.xml.length + delayLength(room) + noted;
}

const hints = 'urn:xmpp:hints';
const retraction = 'urn:xmpp:message-retract:1';

/** What a newcomer would want to read: text, what its sender asks to be stored, and what is taken back; commands among clients are not. */
export function belongsInHistory(message: Element): boolean {
  const has = (name: string, namespace: string) => message.getChild(name, namespace) !== undefined;
  if (has('no-store', hints) || has('no-permanent-store', hints)) return false;
  if (has('json-message', NS.jitmeet)) return false;
  const body = message.children.some(
    (child) => typeof child === 'object' && child.name === 'body' && child.getText() !== '',
  );
  return body || has('store', hints) || has('retract', retraction);
}

/** Something that was said. */
interface Remembered {
  /** As those who were there got it. */
  readonly message: Broadcast;
  readonly room: Jid;
  /** Milliseconds of the epoch. */
  readonly at: number;
  /** Real bare JID; undefined: it is the room's own word. */
  readonly author: Jid | undefined;
  /** What newcomers are told besides. */
  readonly notes?: readonly Element[];
}

interface Entry extends Remembered {
  /** Characters of XML, as newcomers get it. */
  readonly size: number;
  /** As newcomers get it, with its `<delay/>`: made for the first of them, since most messages are forgotten before anybody comes. */
  late: Broadcast | undefined;
}

export class History {
  #messages: Entry[] = [];
  #characters = 0;

  constructor(readonly limits: HistoryLimits) {}

  add(said: Remembered, maxMessages: number): void {
    const size = sizeOf(said);
    if (size > this.limits.characters) return;
    this.#messages.push({ ...said, size, late: undefined });
    this.#characters += size;
    this.trim(maxMessages);
  }

  /** Forgets the oldest until at most `maxMessages` are left, and never more than the limits allow. */
  trim(maxMessages: number): void {
    const most = Math.min(maxMessages, this.limits.messages);
    while (this.#messages.length > most || this.#characters > this.limits.characters) {
      const oldest = this.#messages.shift();
      if (oldest === undefined) return;
      this.#characters -= oldest.size;
    }
  }

  /** Forgets the message that the room gave this stable id (XEP-0359), if it is of that author. @param author undefined: of anyone */
  retract(id: string, room: Jid, author: Jid | undefined): void {
    const at = this.#messages.findIndex(
      (message) =>
        stableIdBy(message.message.stanza, room) === id &&
        (author === undefined || message.author?.equals(author) === true),
    );
    const [message] = at < 0 ? [] : this.#messages.splice(at, 1);
    this.#characters -= message?.size ?? 0;
  }

  /** Has newcomers read other words in the message that the room gave this stable id (XEP-0308). */
  rewrite(id: string, room: Jid, body: string): void {
    const at = this.#messages.findIndex(({ message }) => stableIdBy(message.stanza, room) === id);
    const entry = this.#messages[at];
    if (entry === undefined) return;
    const stanza = withAttributes(entry.message.stanza, {});
    const others = entry.message.stanza.children.filter(
      (child) => typeof child !== 'object' || child.name !== 'body',
    );
    stanza.children = [el('body', {}, body), ...others];
    const message = new Broadcast(stanza);
    const size = sizeOf({ ...entry, message });
    this.#messages[at] = { ...entry, message, size, late: undefined };
    this.#characters += size - entry.size;
    this.trim(this.#messages.length);
  }

  /** The newest messages that the request lets through, oldest first. */
  select(request: HistoryRequest): Broadcast[] {
    const { maxStanzas = Infinity, maxCharacters = Infinity, since = -Infinity } = request;
    let characters = 0;
    let first = this.#messages.length;
    for (const message of this.#messages.toReversed()) {
      characters += message.size;
      const taken = this.#messages.length - first;
      if (taken >= maxStanzas || characters > maxCharacters || message.at < since) break;
      first -= 1;
    }
    return this.#messages.slice(first).map((message) => (message.late ??= late(message)));
  }
}
