/** Visitors who raise a hand want to take part: the meeting is asked for leave, and its answer told to who raised it. */
import { attribute, el, type Jid, makeJid, NS, stanzaError } from '@conclave/signaling';
import type { Host } from '../host/host.js';
import { deliverTo } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { nameOf } from './display-name.js';
import { answerVisitorsIqs, encodePromotionRequest, visitorsElement, visitorsIq } from './visitors-wire.js';

/** What a client says in presence: since when, in milliseconds of the epoch. */
const raisedHand = 'jitsi_participant_raisedHand';

export const isVisitor = ({ role }: Occupant): boolean => role === 'visitor';

interface Context {
  readonly muc: Muc;
  /** Speaks for the node. */
  readonly node: Host;
  /** Lets visitors take part. */
  readonly component: string;
  readonly mainRoom: (room: Room) => Jid;
  readonly roomAt: (address: string | undefined) => Room | undefined;
}

export function raisedHands({ muc, node, component, mainRoom, roomAt }: Context): () => void {
  const raised = new WeakSet<Occupant>();

  const request = (room: Room, occupant: Occupant, on: boolean): void => {
    const name = nameOf(occupant);
    const iq = visitorsIq({ from: node.name, to: component }, mainRoom(room).toString(), [
      encodePromotionRequest({ visitor: occupant.jid.toString(), on, name }, muc.now()),
      ...(name === '' ? [] : [el('nick', { xmlns: NS.nick }, name)]),
    ]);
    void node.request(iq);
  };

  const raise = (room: Room, occupant: Occupant, on: boolean): void => {
    if (raised.has(occupant) === on) return;
    if (on) raised.add(occupant);
    else raised.delete(occupant);
    request(room, occupant, on);
  };

  const lookAt = ({ room, occupant }: { readonly room: Room; readonly occupant: Occupant }): void => {
    if (!isVisitor(occupant)) return;
    const since = occupant.primary.presence.getChildText(raisedHand) ?? '';
    raise(room, occupant, since !== '' && Number(since) !== 0);
  };

  const undo = [
    muc.hooks.on('entered', lookAt),
    muc.hooks.on('presence-changed', lookAt),
    muc.hooks.on('left', ({ room, occupant }) => raise(room, occupant, false)),
    answerVisitorsIqs(node, ({ from }, { room: address, element }) => {
      if (!from.equals(makeJid(undefined, component))) return stanzaError('forbidden');
      const response = element.getChild('promotion-response');
      const room = roomAt(address);
      const asked = response && attribute(response, 'jid');
      const visitor = [...(room?.occupants ?? [])].find(({ jid }) => jid.toString() === asked);
      if (!room || !response || !visitor || !isVisitor(visitor)) return stanzaError('item-not-found');
      const answer = el('promotion-response', {
        allow: attribute(response, 'allow'),
        username: attribute(response, 'username'),
      });
      // Clients do not answer it.
      const iq = el('iq', { type: 'set', id: `promotion-${muc.now()}`, from: room.jid.toString() });
      iq.append(visitorsElement(undefined, [answer], attribute(element, 'focusjid')));
      deliverTo(muc, visitor.primary, iq);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
