/**
 * What is said of visitors, who look on and do not take part (Jitsi's `visitors`): that one of them asks to, by a raised hand; what a
 * moderator answers; and that somebody is sent back among them.
 */
import { type Element, NS, attribute, el } from '@conclave/signaling';
import { shownName } from './occupant.js';

/** Our own standing as one who looks on. */
export interface Visit {
  /** `raised`: we ask to take part. `denied`: a moderator said no; one may ask again. */
  readonly hand: 'down' | 'raised' | 'denied';
}

/** A visitor who asks to take part. */
export interface PromotionRequest {
  /** What the answer names. */
  readonly id: string;
  /** Empty when the visitor gave none. */
  readonly displayName: string;
}

export type VisitorNotice =
  /** Told to moderators. `on`: false when the hand is lowered. */
  | { readonly kind: 'asked'; readonly request: PromotionRequest; readonly on: boolean }
  /** A moderator has answered these. */
  | { readonly kind: 'answered'; readonly ids: readonly string[] }
  /** A moderator sends somebody back among the visitors. */
  | { readonly kind: 'demoted'; readonly nick: string };

export type PromotionResponse =
  { readonly kind: 'granted'; readonly leave: string } | { readonly kind: 'denied' };

/** Whom to believe. */
interface NoticeContext {
  /** Bare JID. */
  readonly room: string;
  /** The component that speaks of visitors. */
  readonly component: string;
  readonly isModerator: (nick: string) => boolean;
}

const visitorsNamespace = 'jitsi:visitors';
const maxJson = 65_536;
const maxRequests = 500;
/** The server cuts it after 64 characters. */
const leaveForm = /^[\w-]{8,64}$/;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function visitorsJson(message: Element): Readonly<Record<string, unknown>> | undefined {
  if (attribute(message, 'type') === 'error' || message.getChild('delay')) return undefined;
  const text = message.getChildText('json-message', NS.jitmeet) ?? '';
  if (text === '' || text.length > maxJson) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'type' in json && json.type === 'visitors'
      ? json
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a message says of visitors; undefined when it says nothing of them, or is from somebody who has no say in it. */
export function readVisitorNotice(message: Element, context: NoticeContext): VisitorNotice | undefined {
  const json = visitorsJson(message);
  if (!json) return undefined;
  const from = attribute(message, 'from') ?? '';
  if (from === context.component) {
    const { action, from: id, nick, on } = json;
    if (action !== 'promotion-request' || !isText(id)) return undefined;
    const displayName = isText(nick) ? shownName(nick) : '';
    return { kind: 'asked', request: { id, displayName }, on: on === true };
  }
  if (!from.startsWith(`${context.room}/`)) return undefined;
  if (!context.isModerator(from.slice(context.room.length + 1))) return undefined;
  const { action, id, ids } = json;
  if (action === 'promotion-response') {
    return { kind: 'answered', ids: [id, ...(Array.isArray(ids) ? (ids as unknown[]) : [])].filter(isText) };
  }
  return action === 'demote-request' && isText(id) ? { kind: 'demoted', nick: id } : undefined;
}

/** What a room of a node tells of our raised hand; undefined for any other IQ. */
export function readPromotionResponse(iq: Element, room: string): PromotionResponse | undefined {
  if (attribute(iq, 'type') !== 'set' || attribute(iq, 'from') !== room) return undefined;
  const response = iq.getChild('visitors', visitorsNamespace)?.getChild('promotion-response');
  if (!response) return undefined;
  const leave = attribute(response, 'username') ?? '';
  return attribute(response, 'allow') === 'true' && leaveForm.test(leave)
    ? { kind: 'granted', leave }
    : { kind: 'denied' };
}

/** Those who ask, after a notice. */
export function withNotice(
  requests: readonly PromotionRequest[],
  notice: VisitorNotice,
): readonly PromotionRequest[] {
  switch (notice.kind) {
    case 'asked': {
      const others = requests.filter(({ id }) => id !== notice.request.id);
      return notice.on ? [...others, notice.request].slice(-maxRequests) : others;
    }
    case 'answered':
      return requests.filter(({ id }) => !notice.ids.includes(id));
    case 'demoted':
      return requests;
  }
}

function toRoom(room: string, payload: object): Element {
  const json = JSON.stringify({ type: 'visitors', ...payload });
  return el('message', { to: room, type: 'groupchat' }, el('json-message', { xmlns: NS.jitmeet }, json));
}

/** A moderator's answer to a visitor who asks to take part. */
export function promotionAnswer(room: string, id: string, approved: boolean): Element {
  return toRoom(room, { action: 'promotion-response', approved, id });
}

/** Sends somebody back among the visitors. @param actor our nickname */
export function demotion(room: string, id: string, actor: string): Element {
  return toRoom(room, { action: 'demote-request', id, actor });
}
