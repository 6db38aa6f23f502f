/** What somebody is to an account, as its roster has it. */
import type { Jid } from '@conclave/signaling';
import type { Relation } from './access.js';
import type { Roster } from '../roster/roster.js';
import { meaning } from '../roster/subscription.js';

/** @param roster undefined: there is no such account, and everybody is a stranger to it */
export function relationTo(account: Jid, roster: Roster | undefined, somebody: Jid): Relation {
  const jid = somebody.bare.toString();
  const contact = roster?.contact(jid);
  const isOwner = roster !== undefined && jid === account.toString();
  return {
    jid,
    isOwner,
    seesPresence: isOwner || (contact !== undefined && meaning(contact.state).isSeen),
    groups: contact?.groups ?? [],
  };
}
