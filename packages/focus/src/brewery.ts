/**
 * A brewery: a room where services of one kind (bridges, recorders, gateways) meet and tell in presence how they are. The focus
 * watches it for as long as it runs.
 */
import { tryParseJid } from '@conclave/signaling';
import { type MucRoom, type Occupant, stayInRoom, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import { FOCUS_NICK } from './conference/room-entry.js';

export interface Brewery {
  leave(): void;
}

export interface BreweryAddress {
  /** Bare JID of the room. */
  readonly room: string;
  /** Domain of the services' accounts: nobody else is taken for one. */
  readonly serviceDomain: string;
}

/** Knows the services of a brewery by their occupant JIDs. */
export interface BreweryTable {
  /** An occupant's latest presence; it may be of another kind. */
  present(occupant: Occupant): void;
  remove(jid: string): void;
  /** The brewery is lost, and everyone with it. */
  clear(): void;
}

/** Keeps `table` as the room shows it. */
export const watchBrewery = (
  connection: XmppConnection,
  { room, serviceDomain }: BreweryAddress,
  table: BreweryTable,
  log: Logger,
): Brewery => {
  const present = (occupant: Occupant) => {
    if (tryParseJid(occupant.realJid)?.domain === serviceDomain) table.present(occupant);
    else log.warn({ occupant: occupant.jid, jid: occupant.realJid }, 'not the account of a service');
  };
  const membership = stayInRoom(connection, { room, nick: FOCUS_NICK, log });
  membership.on('entered', (muc: MucRoom) => {
    log.info({ brewery: room }, 'brewery entered');
    muc.on('joined', present);
    muc.on('changed', present);
    muc.on('left', ({ occupant }) => table.remove(occupant.jid));
    for (const occupant of muc.occupants.values()) present(occupant);
  });
  membership.on('ended', () => table.clear());
  return { leave: () => membership.leave() };
};
