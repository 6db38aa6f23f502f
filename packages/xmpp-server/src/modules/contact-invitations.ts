/**
 * Pre-Authenticated Roster Subscription (XEP-0379): who shows a token of an account's becomes its contact without being asked
 * about, and who has made an account by an invitation of somebody's (XEP-0445) is that somebody's contact from the start.
 */
import { z } from 'zod';
import { attribute, el, makeJid, NS, type Jid } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { withAttributes } from '../stream/with-attributes.js';
import type { Invitations } from './invitations/invitations.js';
import type { Rosters } from './roster/rosters.js';
import { outbound } from './roster/subscription.js';

const preAuth = 'urn:xmpp:pars:0';

export const contactInvitations = defineModule({
  name: 'contact-invitations',
  needs: ['invitations', 'subscriptions', 'roster'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const invitations = module<Invitations | undefined>('invitations');
    const rosters = module<Rosters>('roster');
    if (invitations === undefined) return;

    /** The account asks back: both see each other in the end. */
    const askBack = (account: Jid, contact: Jid): void =>
      rosters.use(account.local ?? '', (roster) => {
        if (roster === undefined) return;
        const before = roster.contact(contact.toString());
        const { pass, next } = outbound.subscribe[before.state];
        const route = (): void => {
          const addresses = { from: account.toString(), to: contact.toString() };
          const stanza = el('presence', { xmlns: NS.client, type: 'subscribe', ...addresses });
          if (pass) host.pass({ stanza, from: account, to: contact, origin: undefined });
        };
        rosters.update(roster, { ...before, state: next, listed: true }, { route });
      });

    /** A request with a token, which is an ordinary one if that is not good. */
    const consider = async (event: StanzaEvent, token: string): Promise<void> => {
      const { stanza, from, to } = event;
      const username = to.local ?? '';
      const isGood = await invitations.take(token, username);
      if (isGood) {
        rosters.use(username, (roster) => {
          const contact = roster?.contact(from.bare.toString());
          if (roster === undefined || contact === undefined) return;
          rosters.update(roster, { ...contact, listed: true, approved: true });
        });
      }
      const plain = withAttributes(stanza, {});
      plain.children = stanza.children.filter(
        (child) => typeof child === 'string' || !child.is('preauth', preAuth),
      );
      host.pass({ ...event, stanza: plain });
      if (isGood) askBack(to.bare, from.bare);
    };

    const befriend = (username: string, contact: string): void =>
      rosters.use(username, (roster) => {
        if (roster === undefined) return;
        const jid = makeJid(contact, host.name).toString();
        const both = { state: 'both', listed: true, approved: false, request: '' } as const;
        rosters.update(roster, { ...roster.contact(jid), ...both });
      });

    // Before it is a request like any other.
    onUnload(
      host.hooks.on(
        'presence',
        (event) => {
          const { stanza, to } = event;
          const shown = stanza.getChild('preauth', preAuth);
          const token = shown === undefined ? undefined : attribute(shown, 'token');
          if (token === undefined || to.local === undefined || attribute(stanza, 'type') !== 'subscribe') {
            return undefined;
          }
          consider(event, token).catch((error: unknown) =>
            host.log.error({ err: error }, 'an invitation could not be looked up'),
          );
          return true;
        },
        10,
      ),
    );
    onUnload(
      host.hooks.on('invitation-accepted', ({ username, invitation: { inviter } }) => {
        if (inviter === undefined || inviter === username) return;
        befriend(inviter, username);
        befriend(username, inviter);
      }),
    );
  },
});
