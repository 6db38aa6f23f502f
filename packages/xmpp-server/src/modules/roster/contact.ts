/** A contact of a user, as the server knows it: what the roster shows (RFC 6121 s.2.1.2), and what it does not show. */
import { z } from 'zod';
import { subscriptionStates, type SubscriptionState } from './subscription.js';

const storedContact = z.object({
  /** Bare JID. */
  jid: z.string(),
  state: z.enum(subscriptionStates as [SubscriptionState, ...SubscriptionState[]]),
  /** Whether the user has it in the roster; one that has only asked is not there (RFC 6121 s.2.1.2.5). */
  listed: z.boolean(),
  /** Its next request is approved already (s.3.4). */
  approved: z.boolean(),
  /** Empty: none. */
  name: z.string(),
  groups: z.array(z.string()),
  /** Its open request as it came, for whenever the user is there to answer (s.3.1.3); empty: none. */
  request: z.string(),
});

export const storedRoster = z.object({ version: z.string(), contacts: z.array(storedContact) });

export type StoredRoster = z.infer<typeof storedRoster>;

export type Contact = Readonly<z.infer<typeof storedContact>>;

export function stranger(jid: string): Contact {
  return { jid, state: 'none', listed: false, approved: false, name: '', groups: [], request: '' };
}

/** Whether there is anything to remember of a contact. */
export function isMemorable(contact: Contact): boolean {
  return contact.listed || contact.approved || contact.state !== 'none';
}
