/** The brewery: the room where bridges meet and report their load in presence. The focus watches it for as long as it runs. */
import { decodeBridgeStats, tryParseJid } from '@conclave/signaling';
import { type MucRoom, type Occupant, stayInRoom, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import { FOCUS_NICK } from '../conference/room-entry.js';
import type { BridgeTable } from './bridge-table.js';

export interface Brewery {
  leave(): void;
}

export interface BreweryAddress {
  /** Bare JID of the room. */
  readonly room: string;
  /** Domain of the bridges' accounts: nobody else is taken for a bridge. */
  readonly bridgeDomain: string;
}

/** Keeps `bridges` as the room shows them. */
export const watchBrewery = (
  connection: XmppConnection,
  { room, bridgeDomain }: BreweryAddress,
  bridges: BridgeTable,
  log: Logger,
): Brewery => {
  const report = (occupant: Occupant) => {
    const stats = decodeBridgeStats(occupant.presence);
    if (!stats) return;
    if (tryParseJid(occupant.realJid)?.domain === bridgeDomain) bridges.report(occupant.jid, stats);
    else log.warn({ occupant: occupant.jid, jid: occupant.realJid }, 'not the account of a bridge');
  };
  const membership = stayInRoom(connection, { room, nick: FOCUS_NICK, log });
  membership.on('entered', (muc: MucRoom) => {
    log.info({ brewery: room }, 'brewery entered');
    muc.on('joined', report);
    muc.on('changed', report);
    muc.on('left', ({ occupant }) => bridges.remove(occupant.jid));
    for (const occupant of muc.occupants.values()) report(occupant);
  });
  membership.on('ended', () => bridges.clear());
  return { leave: () => membership.leave() };
};
