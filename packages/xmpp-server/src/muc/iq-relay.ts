/**
 * IQs between occupants (XEP-0045 s.17.4: Jingle, mute requests, discovery of clients). The room stands between the two:
 * addresses become occupant JIDs, and the id becomes one that only who is asked can answer and that leads the answer back to
 * the asking session with the id it used. Nothing is remembered meanwhile: the id itself says it, sealed by a key. What an
 * account keeps is asked of the account, which need not have a client for it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  attribute,
  childElements,
  el,
  type Element,
  NS,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Muc } from './context.js';
import { deliverTo, readdressed } from './delivery.js';
import type { Room } from './room.js';
import { withAttributes } from '../stream/with-attributes.js';

const sealLength = 16;

/** Namespaces of what accounts answer for: vCards, and what is published by personal eventing. */
const keptByAccounts: ReadonlySet<string> = new Set([
  'vcard-temp',
  'urn:ietf:params:xml:ns:vcard-4.0',
  'http://jabber.org/protocol/pubsub',
]);

/** Who answers: a session itself (`s`), or the account behind it (`a`). */
type Answerer = 's' | 'a';

function answererOf(stanza: Element): Answerer {
  return childElements(stanza).some((child) => keptByAccounts.has(child.getNS() ?? '')) ? 'a' : 's';
}

/** As the room passes an answer on: an error does not tell by whose real address it was made (RFC 6120 s.8.3.2). */
function withoutMaker(stanza: Element): Element {
  const copy = readdressed(stanza, { type: attribute(stanza, 'type') });
  copy.children = stanza.children.map((child) => {
    if (typeof child === 'string' || child.name !== 'error' || attribute(child, 'by') === undefined)
      return child;
    const error = withAttributes(child, { by: undefined });
    error.children = child.children.slice();
    return error;
  });
  return copy;
}

export class IqRelay {
  readonly #key = randomBytes(32);

  constructor(readonly muc: Muc) {}

  #seal(room: Room, asking: number, by: Answerer, asked: number, id: string): string {
    return createHmac('sha256', this.#key)
      .update([room.jid.toString(), room.createdAt, asking, by, asked, id].join('\0'))
      .digest('base64url')
      .slice(0, sealLength);
  }

  #readdressed(stanza: Element, from: string, id: string): Element {
    return readdressed(stanza, {
      from,
      id,
      type: attribute(stanza, 'type'),
      'xml:lang': attribute(stanza, 'xml:lang'),
    });
  }

  /** An IQ get or set to an occupant. */
  request(room: Room, event: StanzaEvent, nick: string): StanzaError | undefined {
    const seat = room.seat(event.from);
    if (seat === undefined) return stanzaError('not-acceptable', 'Not in the room');
    const target = room.occupant(nick);
    if (target === undefined) return stanzaError('item-not-found');
    const question = { room, occupant: seat.occupant, target, stanza: event.stanza };
    const refused = this.muc.hooks.emit('occupant-asked', question);
    if (refused !== undefined) return refused;
    const { stanza } = question;
    const id = attribute(event.stanza, 'id') ?? '';
    const asking = seat.session.number;
    const asked = target.primary;
    const by = answererOf(stanza);
    const seal = this.#seal(room, asking, by, asked.number, id);
    const relayed = `${asking}.${by}${asked.number}.${seal}.${id}`;
    const request = this.#readdressed(stanza, seat.occupant.jid.toString(), relayed);
    if (by === 's') {
      deliverTo(this.muc, asked, request);
    } else {
      request.attrs['to'] = target.person.toString();
      this.muc.route(request);
    }
    return undefined;
  }

  /** The answer to one: passed on if it is from whom was asked, else dropped. */
  answer(room: Room, event: StanzaEvent): void {
    const parts = /^(\d{1,15})\.([as])(\d{1,15})\.([\w-]{16})\.([^]*)$/.exec(
      attribute(event.stanza, 'id') ?? '',
    );
    if (parts === null) return;
    const [, number = '', kind = '', askedNumber = '', seal = '', id = ''] = parts;
    const by = kind === 'a' ? 'a' : 's';
    const expected = this.#seal(room, Number(number), by, Number(askedNumber), id);
    if (!timingSafeEqual(Buffer.from(seal), Buffer.from(expected))) return;
    const asked = by === 's' ? room.seat(event.from)?.session : room.sessionNumbered(Number(askedNumber));
    const answers = by === 's' ? asked?.number === Number(askedNumber) : asked?.jid.bare.equals(event.from);
    const seat = asked && room.seat(asked.jid);
    const asking = room.sessionNumbered(Number(number));
    if (answers !== true || seat === undefined || asking === undefined) return;
    const answer = withoutMaker(event.stanza);
    deliverTo(this.muc, asking, this.#readdressed(answer, seat.occupant.jid.toString(), id));
  }
}

/** Self-ping (XEP-0410): the room knows whether one is in, and answers for the client. */
export function answersSelfPing(muc: Muc, room: Room, event: StanzaEvent): boolean {
  const { stanza, from, to } = event;
  const seat = room.seat(from);
  const isPing = attribute(stanza, 'type') === 'get' && stanza.getChild('ping', NS.ping) !== undefined;
  if (!isPing || seat === undefined || seat.occupant.nick !== to.resource) return false;
  const reply = { type: 'result', id: attribute(stanza, 'id'), from: to.toString(), to: from.toString() };
  muc.route(el('iq', reply));
  return true;
}
