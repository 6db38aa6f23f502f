/** Presence subscriptions (RFC 6121 s.3): who asks, grants, refuses and ends them, by the tables of appendix A. */
import { z } from 'zod';
import { attribute, el, errorReply, NS, stanzaError, type Element } from '@conclave/signaling';
import { parse } from 'ltx';
import type { ClientPresence, Handled, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { stanzaXml } from '../stream/serialize.js';
import { withAttributes } from '../stream/with-attributes.js';
import type { PresenceService } from './presence.js';
import type { Contact } from './roster/contact.js';
import type { Roster } from './roster/roster.js';
import type { Rosters } from './roster/rosters.js';
import {
  approvable,
  inbound,
  isSubscriptionAction,
  meaning,
  outbound,
  type SubscriptionAction,
} from './roster/subscription.js';

const options = z.strictObject({
  /** Contacts of an account, those included that have only asked. */
  maxContacts: z.int().positive().default(2000),
  /** Open requests of strangers to an account; further ones are ignored. */
  maxRequests: z.int().positive().default(100),
  /** Characters of a request that is kept whole; of a longer one only that it was made. */
  maxRequestLength: z.int().positive().default(4096),
});

export const subscriptions = defineModule({
  name: 'subscriptions',
  needs: ['roster', 'presence'],
  options,
  load({ host, onUnload, module }, { maxContacts, maxRequests, maxRequestLength }) {
    const rosters = module<Rosters>('roster');
    const presence = module<PresenceService>('presence');

    /** What an account's client sends, to a contact's bare JID and from the account's own (s.3.1.2). */
    const send = (event: StanzaEvent, action: SubscriptionAction, roster: Roster): void => {
      const account = event.from.bare;
      const to = event.to.bare;
      const stanza = withAttributes(event.stanza, { from: account.toString(), to: to.toString() });
      const contact = roster.contact(to.toString());
      const { pass, next } = outbound[action][contact.state];
      const isNew = !roster.has(contact.jid);
      const grants = action === 'subscribed';
      const ends = action === 'unsubscribed';
      const approved =
        (contact.approved || (grants && approvable(contact.state))) && !ends && !meaning(next).isSeen;
      const route = (): void => {
        if (pass) host.pass({ stanza, from: account, to, origin: event.origin });
      };
      const listed =
        contact.listed || action === 'subscribe' || (grants && (approved || next !== contact.state));
      if (isNew && listed && roster.size >= maxContacts) {
        event.origin?.send(errorReply(event.stanza, stanzaError('resource-constraint')));
        return;
      }
      if (next === contact.state && approved === contact.approved && listed === contact.listed) {
        route();
        return;
      }
      rosters.update(roster, settled({ ...contact, state: next, approved, listed }), { route });
    };

    /** Whether one more stranger may ask: it is they who decide how many do. */
    const hasRoom = (roster: Roster): boolean => {
      let strangers = 0;
      for (const { listed } of roster.contacts) if (!listed) strangers++;
      return strangers < maxRequests && roster.size < maxContacts;
    };

    /** What a contact, or somebody who wants to be one, sends to an account. */
    const receive = ({ stanza, from, to }: StanzaEvent, action: SubscriptionAction, roster: Roster): void => {
      const asker = from.bare;
      const account = to.bare;
      const contact = roster.contact(asker.toString());
      if (action === 'subscribe') {
        const grant = (): void => {
          const granted = { type: 'subscribed', from: account.toString(), to: asker.toString() };
          host.pass({
            stanza: el('presence', { xmlns: NS.client, ...granted }),
            from: account,
            to: asker,
            origin: undefined,
          });
        };
        if (meaning(contact.state).isSeen) {
          grant();
          presence.show(account, asker);
          return;
        }
        if (contact.approved) {
          const state = outbound.subscribed[inbound.subscribe[contact.state].next].next;
          rosters.update(roster, settled({ ...contact, state, approved: false }), { route: grant });
          return;
        }
        if (!roster.has(contact.jid) && !hasRoom(roster)) return;
      }
      const { pass, next } = inbound[action][contact.state];
      if (!pass) return;
      const copy = withAttributes(stanza, { from: asker.toString(), to: account.toString() });
      const sessions =
        action === 'subscribe'
          ? host.sessions(account).filter(({ priority }) => priority !== undefined)
          : rosters.interested(account);
      const deliver = (): void => {
        for (const session of sessions) session.send(copy);
      };
      const request = action === 'subscribe' ? { request: kept(copy, maxRequestLength) } : {};
      rosters.update(roster, settled({ ...contact, state: next, ...request }), { deliver });
    };

    /** Requests that wait for an answer are brought up again (s.3.1.3). */
    const remind = ({ session, before }: ClientPresence): void => {
      if (before !== undefined || session.presence === undefined) return;
      rosters.use(session.jid.local ?? '', (roster) => {
        for (const { request } of roster?.contacts ?? []) {
          if (request !== '') session.send(parse(request));
        }
      });
    };

    onUnload(
      host.hooks.on('outgoing', (event): Handled | undefined => {
        const type = attribute(event.stanza, 'type');
        if (event.stanza.name !== 'presence' || !isSubscriptionAction(type)) return undefined;
        // Nobody needs to subscribe to themselves.
        if (event.to.bare.equals(event.from.bare)) return true;
        rosters.use(event.from.local ?? '', (roster) => {
          if (roster !== undefined) send(event, type, roster);
        });
        return true;
      }),
    );
    onUnload(
      host.hooks.on('presence', (event): Handled | undefined => {
        const type = attribute(event.stanza, 'type');
        if (event.to.local === undefined || !isSubscriptionAction(type)) return undefined;
        rosters.use(event.to.local, (roster) => {
          if (roster !== undefined) receive(event, type, roster);
        });
        return true;
      }),
    );
    // After the presences that the session gets.
    onUnload(host.hooks.on('client-presence', remind, -10));
    onUnload(host.streamFeatures.add(el('sub', { xmlns: 'urn:xmpp:features:pre-approval' })));
  },
});

/** The request stays as long as it is open. */
function settled(contact: Contact): Contact {
  return meaning(contact.state).isAsked ? contact : { ...contact, request: '' };
}

function kept(stanza: Element, maxLength: number): string {
  const whole = stanzaXml(stanza);
  if (whole.length <= maxLength) return whole;
  const bare = withAttributes(stanza, {});
  bare.children = [];
  return stanzaXml(bare);
}
