/**
 * IQs between occupants (XEP-0045 s.17.4: Jingle, mute requests, discovery of clients). The room stands between the two:
 * addresses become occupant JIDs, and the id becomes one that only the asked session can answer and that leads the answer
 * back to the asking session with the id it used. Nothing is remembered meanwhile: the id itself says it, sealed by a key.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { attribute, type Element, el, NS, type StanzaError, stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Muc } from './context.js';
import { deliverTo, readdressed } from './delivery.js';
import type { OccupantSession } from './occupant.js';
import type { Room } from './room.js';

const sealLength = 16;

export class IqRelay {
  readonly #key = randomBytes(32);

  constructor(readonly muc: Muc) {}

  #seal(room: Room, asking: number, asked: number, id: string): string {
    return createHmac('sha256', this.#key)
      .update([room.jid.toString(), room.createdAt, asking, asked, id].join('\0'))
      .digest('base64url')
      .slice(0, sealLength);
  }

  #send(stanza: Element, from: string, session: OccupantSession, id: string): void {
    const attributes = {
      from,
      id,
      type: attribute(stanza, 'type'),
      'xml:lang': attribute(stanza, 'xml:lang'),
    };
    deliverTo(this.muc, session, readdressed(stanza, attributes));
  }

  /** An IQ get or set to an occupant. */
  request(room: Room, event: StanzaEvent, nick: string): StanzaError | undefined {
    const seat = room.seat(event.from);
    if (seat === undefined) return stanzaError('not-acceptable', 'Not in the room');
    const target = room.occupant(nick);
    if (target === undefined) return stanzaError('item-not-found');
    const { stanza } = event;
    const question = { room, occupant: seat.occupant, target, stanza };
    const refused = this.muc.hooks.emit('occupant-asked', question);
    if (refused !== undefined) return refused;
    const id = attribute(stanza, 'id') ?? '';
    const asking = seat.session.number;
    const asked = target.primary;
    const seal = this.#seal(room, asking, asked.number, id);
    this.#send(question.stanza, seat.occupant.jid.toString(), asked, `${asking}.${seal}.${id}`);
    return undefined;
  }

  /** The answer to one: passed on if it is from whom was asked, else dropped. */
  answer(room: Room, event: StanzaEvent): void {
    const seat = room.seat(event.from);
    const parts = /^(\d{1,15})\.([\w-]{16})\.([^]*)$/.exec(attribute(event.stanza, 'id') ?? '');
    if (seat === undefined || parts === null) return;
    const [, number = '', seal = '', id = ''] = parts;
    const expected = this.#seal(room, Number(number), seat.session.number, id);
    if (!timingSafeEqual(Buffer.from(seal), Buffer.from(expected))) return;
    const asking = room.sessionNumbered(Number(number));
    if (asking !== undefined) this.#send(event.stanza, seat.occupant.jid.toString(), asking, id);
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
