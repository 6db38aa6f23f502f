/**
 * What the components of a conference have in common. Clients find each by an identity of the main host, say to it what they
 * want in messages, and are told by it in JSON. Whoever speaks to one is believed to be where it is: in a room, as an occupant.
 */
import {
  attribute,
  type Element,
  errorReply,
  type Jid,
  type StanzaError,
  tryParseJid,
} from '@conclave/signaling';
import { z } from 'zod';
import type { Host, StanzaEvent } from '../host/host.js';
import type { ModuleContext } from '../host/module.js';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant, OccupantSession } from '../muc/occupant.js';
import type { ClaimedConference } from '../session/client-session.js';
import { jsonMessage, type JsonObject } from './json-message.js';

const domain = z.string().refine((text) => {
  const jid = tryParseJid(text);
  return jid?.local === undefined && jid?.isBare === true;
}, 'must be a domain');

/** Where a component is found; part of the options of each. */
export const componentOptions = {
  /** Its address, a host of this server. */
  component: domain,
  /** The host whose service discovery names it. */
  announcedBy: domain,
};

/** For components that serve breakout rooms too: the service which holds them. */
export const breakoutOption = { breakouts: domain.optional() };

/** Somebody who speaks to a component. */
export interface Seat {
  readonly muc: Muc;
  readonly room: Room;
  readonly occupant: Occupant;
  readonly session: OccupantSession;
}

interface Settings {
  readonly component: string;
  readonly announcedBy: string;
  readonly breakouts?: string | undefined;
}

/** What a command is answered with; nothing: it was carried out, or asks for what is so already. */
type Answer = StanzaError | undefined;

export class Component {
  readonly host: Host;
  /** The services whose rooms it serves: the main one first. */
  readonly services: readonly Muc[];

  /** @param type of the identity by which clients find it */
  constructor(context: ModuleContext, type: string, { component, announcedBy, breakouts }: Settings) {
    this.host = context.neighbour(component).host;
    const more = breakouts === undefined ? undefined : context.neighbour(breakouts).offered<Muc>('muc');
    this.services = [context.module<Muc>('muc'), ...(more === undefined ? [] : [more])];
    const { disco } = context.neighbour(announcedBy).host;
    context.onUnload(disco.identity({ category: 'component', type, name: component }));
  }

  /**
   * The room that the sender means and is in: the one it names, else the one that its connection is for, else the only one. A
   * name alone is worth nothing.
   */
  seat({ from, origin }: StanzaEvent, named?: string): Seat | undefined {
    const claim = named === undefined ? claimOf(origin?.conference) : undefined;
    const seats = this.services.flatMap((muc) =>
      [...muc.whereabouts.of(from)].flatMap((room) => {
        const seat = room.seat(from);
        return seat === undefined ? [] : [{ muc, room, ...seat }];
      }),
    );
    if (named !== undefined) return seats.find(({ room }) => room.jid.toString() === named);
    if (seats.length === 1) return seats[0];
    return seats.find(({ muc, room }) => muc.names.nameOf(room.jid) === claim);
  }

  /** The service that holds a room. */
  serviceOf(room: Room): Muc | undefined {
    return this.services.find((muc) => muc.room(room.jid) === room);
  }

  /** Takes commands: messages to the component that have such a child. The returned function gives them up. */
  commands(
    name: string,
    namespace: string | undefined,
    handle: (event: StanzaEvent, command: Element) => Answer,
  ): () => void {
    return this.host.hooks.on('message', (event) => {
      if (event.to.local !== undefined || attribute(event.stanza, 'type') === 'error') return undefined;
      const command = event.stanza.getChild(name, namespace);
      if (command === undefined) return undefined;
      const refused = handle(event, command);
      if (refused !== undefined) this.host.route(errorReply(event.stanza, refused));
      return true;
    });
  }

  /** Tells these sessions. */
  tell(muc: Muc, sessions: Iterable<OccupantSession>, payload: JsonObject, room?: Jid): void {
    deliver(muc, sessions, new Broadcast(jsonMessage(this.host.name, payload, room?.toString())));
  }

  /** Tells all in a room, the focus among them. */
  tellAll(muc: Muc, room: Room, payload: JsonObject): void {
    this.tell(muc, room.sessions(), payload);
  }

  /** Tells those in a room who may decide. */
  tellModerators(muc: Muc, room: Room, payload: JsonObject): void {
    const moderators = [...room.occupants].filter(({ role }) => role === 'moderator');
    this.tell(
      muc,
      moderators.flatMap(({ sessions }) => [...sessions]),
      payload,
    );
  }
}

/** The name of the room that a connection says it is for. */
export function claimOf(conference: ClaimedConference | undefined): string | undefined {
  if (conference?.room === undefined) return undefined;
  const { room, prefix } = conference;
  // In a tenant's domain, which is one label, clients put something else in the place of dots.
  const tenant = prefix === undefined || prefix === '' ? '' : `[${prefix.replaceAll('.', '_')}]`;
  return `${tenant}${room}`.toLowerCase();
}
