/** Which room a conference may be asked for: a normalised bare JID on the conference service, not longer than allowed. */
import { splitTenant, type StanzaError, stanzaError, tryParseJid } from '@conclave/signaling';

export interface RoomPolicy {
  /** Domain of the MUC service that holds conferences; those of its tenants go with it. */
  readonly conferenceService: string;
  /** Domain of the MUC service that holds breakout rooms. */
  readonly breakoutService: string;
  /** Longest name of a room (the local part), in octets of UTF-8. */
  readonly maxRoomNameBytes: number;
}

/** What is wrong with a room's JID; `undefined` when nothing is. */
export const roomFault = (room: string, policy: RoomPolicy): StanzaError | undefined => {
  const jid = tryParseJid(room);
  if (!jid?.local || jid.resource !== undefined) return stanzaError('jid-malformed', 'not the JID of a room');
  if (jid.toString() !== room) return stanzaError('jid-malformed', 'the JID of the room is not normalised');
  const services = [jid.domain, splitTenant(jid.domain)?.host];
  if (!services.includes(policy.conferenceService) && jid.domain !== policy.breakoutService) {
    return stanzaError('item-not-found', 'conferences are not held on that service');
  }
  if (Buffer.byteLength(jid.local) > policy.maxRoomNameBytes) {
    return stanzaError('jid-malformed', 'the name of the room is too long');
  }
  return undefined;
};

/** Whether it is a breakout room: those are made by moderators, and the MUC service knows which there are. */
export const isBreakout = (room: string, { breakoutService }: RoomPolicy): boolean =>
  room.endsWith(`@${breakoutService}`);
