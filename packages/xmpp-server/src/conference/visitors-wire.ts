/**
 * What servers say to one another of visitors (`jitsi:visitors`): the server of a meeting tells the nodes where its visitors are how the
 * room is, and they ask it to let one of them take part. All of it is IQs between hosts.
 */
import {
  attribute,
  el,
  type Element,
  firstChild,
  present,
  resultReply,
  type StanzaError,
  errorReply,
  isStanzaError,
} from '@conclave/signaling';
import type { Host, StanzaEvent } from '../host/host.js';

export const visitorsNamespace = 'jitsi:visitors';

/** How the room of a meeting is, as far as visitors are concerned. */
export interface MeetingState {
  /** Empty: there is none. */
  readonly password: string;
  readonly lobby: boolean;
  readonly meetingId: string | undefined;
  /** Milliseconds of the epoch. */
  readonly createdAt: string | undefined;
  /** Nicknames. */
  readonly moderators: readonly string[];
  /** The room's metadata, as JSON. */
  readonly metadata: string | undefined;
}

/** An element about visitors of a room. @param focus bare JID of the focus, for clients */
export function visitorsElement(
  room: string | undefined,
  children: readonly Element[],
  focus?: string,
): Element {
  return el('visitors', { xmlns: visitorsNamespace, room, focusjid: focus }, [...children]);
}

export function visitorsIq(
  addresses: { readonly from: string; readonly to: string },
  room: string,
  children: readonly Element[],
  focus?: string,
): Element {
  return el('iq', { ...addresses, type: 'set' }, visitorsElement(room, children, focus));
}

export function encodeState(name: 'connect' | 'update', state: MeetingState): Element {
  return el(
    name,
    {
      password: state.password,
      lobby: state.lobby,
      meetingId: state.meetingId,
      createdTimestamp: state.createdAt,
    },
    el(
      'moderators',
      {},
      state.moderators.map((epId) => el('item', { epId })),
    ),
    state.metadata === undefined ? undefined : el('metadata', {}, state.metadata),
  );
}

export function decodeState(element: Element): MeetingState {
  const items = element.getChild('moderators')?.getChildren('item') ?? [];
  return {
    password: attribute(element, 'password') ?? '',
    lobby: attribute(element, 'lobby') === 'true',
    meetingId: attribute(element, 'meetingId'),
    createdAt: attribute(element, 'createdTimestamp'),
    moderators: items.flatMap((item) => attribute(item, 'epId') ?? []),
    metadata: element.getChildText('metadata') ?? undefined,
  };
}

/** A visitor's wish to take part, or that it has none any more. */
export interface PromotionRequest {
  /** The visitor's address in the node's room. */
  readonly visitor: string;
  readonly on: boolean;
  readonly name: string | undefined;
}

export function encodePromotionRequest({ visitor, on }: PromotionRequest, at: number): Element {
  return el('promotion-request', { jid: visitor, time: on ? at : 0 });
}

export function decodePromotionRequest(
  request: Element,
  name: string | undefined,
): PromotionRequest | undefined {
  const visitor = attribute(request, 'jid');
  const on = Number(attribute(request, 'time') ?? '0') > 0;
  return visitor === undefined ? undefined : { visitor, on, name };
}

/** The leave that a visitor is given; none: it is refused. */
export function promotionResponse(leave: string | undefined, visitor?: string): Element {
  return el('promotion-response', present({ jid: visitor, username: leave, allow: leave !== undefined }));
}

/** Takes the IQs about visitors that come to a host itself; `undefined`: they are for somebody else. Answers only gets and sets. */
export function answerVisitorsIqs(
  host: Host,
  answer: (
    event: StanzaEvent,
    about: { readonly room: string | undefined; readonly element: Element; readonly type: 'get' | 'set' },
  ) => StanzaError | undefined | Promise<StanzaError | undefined>,
): () => void {
  const reply = (event: StanzaEvent, refused: StanzaError | undefined): void =>
    host.route(isStanzaError(refused) ? errorReply(event.stanza, refused) : resultReply(event.stanza, null));
  return host.hooks.on('iq', (event) => {
    const { stanza, to } = event;
    const type = attribute(stanza, 'type');
    const element = firstChild(stanza);
    if (to.local !== undefined || (type !== 'get' && type !== 'set')) return undefined;
    if (element?.is('visitors', visitorsNamespace) !== true) return undefined;
    const answered = answer(event, { room: attribute(element, 'room'), element, type });
    if (answered instanceof Promise) {
      answered.then(
        (refused) => reply(event, refused),
        (error: unknown) => host.log.error({ err: error }, 'an IQ about visitors could not be answered'),
      );
    } else {
      reply(event, answered);
    }
    return true;
  });
}
