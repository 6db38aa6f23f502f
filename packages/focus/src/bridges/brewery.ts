/** The brewery: the room where bridges meet and report their load in presence. The focus watches it for as long as it runs. */
import { decodeBridgeStats } from '@conclave/signaling';
import { type MucRoom, type Occupant, stayInRoom, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import { FOCUS_NICK } from '../conference/room-entry.js';
import type { BridgeTable } from './bridge-table.js';

export interface Brewery {
  /** Whether the focus is in the room now. */
  readonly entered: boolean;
  leave(): void;
}

/** Keeps `bridges` as the room at `room` (bare JID) shows them. */
export const watchBrewery = (
  connection: XmppConnection,
  room: string,
  bridges: BridgeTable,
  log: Logger,
): Brewery => {
  const report = (occupant: Occupant) => {
    const stats = decodeBridgeStats(occupant.presence);
    if (stats) bridges.report(occupant.jid, stats);
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
  return {
    get entered() {
      return membership.current !== undefined;
    },
    leave: () => membership.leave(),
  };
};
