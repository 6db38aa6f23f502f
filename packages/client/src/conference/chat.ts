/** Messages in the room (XEP-0045 s.7.4, 7.5), with the time they were sent where they come from its history (XEP-0203). */
import { type Element, NS, attribute, el } from '@conclave/signaling';
import { randomHex } from './identity.js';
import { type Occupant, shownName } from './occupant.js';

export interface ChatMessage {
  readonly id: string;
  /** Nickname of the sender; empty when the room itself speaks. */
  readonly from: string;
  /** Display name of the sender when the message came. */
  readonly displayName: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  readonly own: boolean;
  /** From somebody who only looks on. */
  readonly visitor: boolean;
  readonly private: boolean;
}

const displayNameNamespace = 'http://jitsi.org/protocol/display-name';

/** Longer texts are cut: no server of ours lets them through. */
const maxText = 16_384;

/** What a message stanza says, before it is known who the sender is. */
export interface ReceivedMessage {
  readonly id: string | undefined;
  readonly nick: string;
  /** The name that the server gives a visitor, whom the room does not show; undefined when it says nothing of one. */
  readonly visitorName: string | undefined;
  readonly text: string;
  readonly sentAt: number;
  readonly private: boolean;
}

/** Reads a chat message from `room`; undefined for anything else. `now` in milliseconds since the epoch. */
export function readChatMessage(message: Element, room: string, now: number): ReceivedMessage | undefined {
  const from = attribute(message, 'from') ?? '';
  const type = attribute(message, 'type');
  if (type !== 'groupchat' && type !== 'chat') return undefined;
  const name = message.getChild('display-name', displayNameNamespace);
  const visitorName = name && attribute(name, 'source') === 'visitor' ? shownName(name.getText()) : undefined;
  // What visitors say is said in the room's name.
  if (!from.startsWith(`${room}/`) && !(from === room && visitorName !== undefined)) return undefined;
  const text = message.getChildText('body')?.slice(0, maxText);
  if (!text) return undefined;
  const stamp = Date.parse(attribute(message.getChild('delay', NS.delay) ?? el('delay'), 'stamp') ?? '');
  const stanzaId = message.getChild('stanza-id', NS.stanzaId);
  return {
    id: (stanzaId && attribute(stanzaId, 'id')) ?? attribute(message, 'id'),
    nick: from.slice(room.length + 1),
    visitorName,
    text,
    sentAt: Number.isNaN(stamp) ? now : stamp,
    private: type === 'chat',
  };
}

/** A message as it stands among the others. @param self we, whom the room may show under another name than we have now */
export function chatEntry(
  { nick, id, visitorName, ...rest }: ReceivedMessage,
  self: { readonly id: string; readonly displayName: string },
  occupants: ReadonlyMap<string, Occupant>,
): ChatMessage {
  const own = nick === self.id;
  const occupant = occupants.get(nick);
  const displayName = own ? self.displayName : ((occupant ? occupant.displayName : visitorName) ?? '');
  const visitor = !own && !occupant && visitorName !== undefined;
  return { ...rest, id: id ?? randomHex(16), from: nick, displayName, own, visitor };
}

/** A message to everyone in the room. */
export function roomMessage(room: string, id: string, text: string): Element {
  return el('message', { to: room, type: 'groupchat', id }, el('body', {}, text));
}

/** The room tells that its configuration changed (status 104, s.10.2.1), e.g. that it has a password now. */
export function isConfigurationChange(message: Element, room: string): boolean {
  if (attribute(message, 'from') !== room) return false;
  const x = message.getChild('x', NS.mucUser);
  return x?.getChildren('status').some((status) => attribute(status, 'code') === '104') ?? false;
}
