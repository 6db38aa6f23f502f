/**
 * The way between those who take part and those who look on: a visitor raises a hand and is let in or not; moderators hear of it,
 * answer, and send people back.
 */
import type { Element } from '@conclave/signaling';
import type { XmppConnection } from '../xmpp/connection.js';
import type { Room } from './room.js';
import type { ConferenceView } from './view.js';
import {
  type PromotionResponse,
  type Visit,
  demotion,
  promotionAnswer,
  readPromotionResponse,
  readVisitorNotice,
  withNotice,
} from './visitors.js';
import type { Whereabouts } from './whereabouts.js';

export interface VisitingContext {
  /** The component that speaks of visitors. */
  readonly component: string;
  readonly view: ConferenceView;
  readonly whereabouts: Whereabouts;
  readonly room: () => Room | undefined;
  readonly connection: () => XmppConnection;
  /** Tells the room of our hand. */
  readonly announce: () => void;
  /** Goes to where we are to be now. */
  readonly move: () => void;
}

export class Visiting {
  private raisedAt: number | undefined;

  constructor(private readonly context: VisitingContext) {}

  /** Since when our hand is raised, in milliseconds since the epoch. */
  get handRaisedAt(): number | undefined {
    return this.raisedAt;
  }

  /** We have come to another place: nobody there has asked yet, nor have we. */
  arrived(): void {
    const { view, whereabouts } = this.context;
    this.raisedAt = undefined;
    view.patch({ visit: whereabouts.atNode ? { hand: 'down' } : undefined, promotionRequests: [] });
  }

  raiseHand(): void {
    if (this.context.view.state.visit) this.setHand('raised');
  }

  lowerHand(): void {
    if (this.context.view.state.visit) this.setHand('down');
  }

  private setHand(hand: Visit['hand']): void {
    this.raisedAt = hand === 'raised' ? Date.now() : undefined;
    this.context.view.patch({ visit: { hand } });
    this.context.announce();
  }

  answerRequest(id: string, approved: boolean): void {
    const room = this.context.room();
    if (room?.joined) this.context.connection().send(promotionAnswer(room.jid, id, approved));
  }

  demote(id: string): void {
    const room = this.context.room();
    if (room?.joined) this.context.connection().send(demotion(room.jid, id, room.nick));
  }

  /** Takes in a message if it says something of visitors; false when it does not. */
  hear(message: Element, room: Room): boolean {
    const { component, view, whereabouts, move } = this.context;
    const notice = readVisitorNotice(message, {
      room: room.jid,
      component,
      isModerator: (nick) => room.occupants.get(nick)?.role === 'moderator',
    });
    if (!notice) return false;
    if (whereabouts.atNode) return true;
    if (notice.kind !== 'demoted') {
      view.patch({ promotionRequests: withNotice(view.state.promotionRequests, notice) });
    } else if (notice.nick === room.nick) {
      whereabouts.demoted();
      move();
    }
    return true;
  }

  /** Takes in an IQ if it is what becomes of our raised hand; false when it is not. */
  answered(iq: Element): boolean {
    const { atNode, place } = this.context.whereabouts;
    const response = atNode ? readPromotionResponse(iq, place.room) : undefined;
    if (response) this.take(response);
    return response !== undefined;
  }

  private take(response: PromotionResponse): void {
    const { view, whereabouts, move } = this.context;
    // What nobody asked for moves nobody.
    if (view.state.visit?.hand !== 'raised') return;
    if (response.kind === 'denied') {
      this.setHand('denied');
      return;
    }
    whereabouts.promoted(response.leave);
    move();
  }
}
