/** People on the telephone: a SIP gateway (Jigasi) is in the room for each of them, and says who has called, or was called. */
import { NS } from '@conclave/signaling';
import type { Occupant } from '../muc/occupant.js';

export function isCaller({ primary }: Occupant): boolean {
  return primary.presence.getChild('initiator', NS.jigasi) !== undefined;
}
