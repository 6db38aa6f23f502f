/**
 * The people of a meeting in the room of a visitor node: seated, shown and gone as the meeting's own room says, in whose name everything
 * about them comes. They are told nothing here, since they are in that other room.
 */
import { attribute, el, type Element, type Jid, NS } from '@conclave/signaling';
import type { Host, StanzaEvent } from '../host/host.js';
import type { Standing } from '../muc/affiliations.js';
import { Broadcast } from '../muc/broadcast.js';
import { deliver, readdressed } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import { expel, leave } from '../muc/leaving.js';
import { say } from '../muc/messages.js';
import type { Occupant, OccupantSession } from '../muc/occupant.js';
import { announce, cleaned } from '../muc/presence.js';
import { kicked } from './kicks.js';
import { isVisitor } from './visitor-hands.js';

/** Before the room looks at what comes for it. */
const first = 100;

/** Whether somebody is in the meeting, and not here. */
export const isMirrored = ({ primary }: Occupant): boolean => primary.deaf === true;

/** @param mainRooms the host of the meetings' rooms @param standingOf what somebody of a meeting is to be in the room here */
export function mirrorMeetings(
  muc: Muc,
  host: Host,
  mainRooms: string,
  standingOf: (room: Room, nick: string) => Standing,
): () => void {
  const seatOfMeeting = (room: Room, from: Jid, presence: Element): void => {
    const nick = from.resource ?? '';
    const taken = room.occupant(nick);
    // Endpoints are told apart by their ids: the meeting's own goes first.
    if (taken !== undefined) expel(muc, room, taken, { codes: [kicked] });
    const session: OccupantSession = { ...room.newSession(from, undefined, cleaned(presence)), deaf: true };
    const occupant = room.seatSession(nick, session);
    occupant.stand(standingOf(room, nick));
    announce(muc, room, occupant, {}, session);
    muc.hooks.emit('entered', { room, occupant, session });
  };

  const presenceOfMeeting = (event: StanzaEvent): void => {
    const { stanza, from, to } = event;
    const room = muc.room(to);
    if (room === undefined || from.resource === undefined || from.resource !== to.resource) return;
    const seat = room.seat(from);
    if (attribute(stanza, 'type') === 'unavailable') {
      if (seat) leave(muc, room, seat.occupant, seat.session, cleaned(stanza));
    } else if (attribute(stanza, 'type') === undefined) {
      if (seat === undefined) seatOfMeeting(room, from, stanza);
      else {
        seat.occupant.updatePresence(seat.session, cleaned(stanza));
        announce(muc, room, seat.occupant);
      }
    }
  };

  const messageOfMeeting = ({ stanza, from, to }: StanzaEvent): void => {
    const room = muc.room(to);
    if (room === undefined || attribute(stanza, 'type') === 'error') return;
    const author = from.resource === undefined ? room.jid : room.jid.withResource(from.resource);
    const target = to.resource === undefined ? undefined : room.occupant(to.resource);
    const message = readdressed(cleaned(stanza), {
      from: author.toString(),
      type: attribute(stanza, 'type'),
      id: attribute(stanza, 'id'),
    });
    if (to.resource !== undefined) {
      if (target === undefined || !isVisitor(target)) return;
      message.children.push(el('x', { xmlns: NS.mucUser }));
      deliver(muc, target.sessions, new Broadcast(message));
      return;
    }
    if (attribute(stanza, 'type') !== 'groupchat') return;
    const subject = message.getChild('body') === undefined ? message.getChildText('subject') : null;
    if (subject !== null) room.subject = { text: subject, by: author, at: muc.now() };
    const delay = message.getChild('delay', NS.delay);
    if (delay === undefined) say(muc, room, message, undefined);
    else remember(room, message, delay);
  };

  /** Said before the meeting had visitors here. */
  const remember = (room: Room, message: Element, delay: Element): void => {
    const at = Date.parse(attribute(delay, 'stamp') ?? '');
    message.children = message.children.filter((child) => child !== delay);
    if (Number.isNaN(at)) return;
    const said = { message: new Broadcast(message), room: room.jid, at, author: undefined };
    room.history.add(said, room.config.historyLength);
  };

  const fromMeeting =
    (take: (event: StanzaEvent) => void) =>
    (event: StanzaEvent): true | undefined => {
      const { from, to, origin } = event;
      if (from.domain !== mainRooms || origin !== undefined || to.local === undefined) return undefined;
      if (from.local === to.local) take(event);
      return true;
    };

  const undo = [
    host.hooks.on('presence', fromMeeting(presenceOfMeeting), first),
    host.hooks.on('message', fromMeeting(messageOfMeeting), first),
  ];
  return () => undo.forEach((each) => each());
}
