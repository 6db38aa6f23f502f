/** The name that an occupant shows (XEP-0172 in its presence), shortened to what a screen can show. */
import { NS } from '@conclave/signaling';
import type { Occupant } from '../muc/occupant.js';

const maxLength = 128;

/** Empty: it shows none. */
export function nameOf(occupant: Occupant): string {
  return (occupant.primary.presence.getChildText('nick', NS.nick) ?? '').trim().slice(0, maxLength);
}
