/** What blocking means for contacts (XEP-0191 s.3.3, s.3.5): they see the user go, and come back; their requests are forgotten. */
import { z } from 'zod';
import { parseJid } from '@conclave/signaling';
import { defineModule } from '../host/module.js';
import type { BlockingChange } from './blocking.js';
import type { PresenceService } from './presence.js';
import type { Rosters } from './roster/rosters.js';
import { meaning, outbound } from './roster/subscription.js';

export const blockedContacts = defineModule({
  name: 'blocked-contacts',
  needs: ['roster', 'presence', 'blocking'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const rosters = module<Rosters>('roster');
    const presence = module<PresenceService>('presence');

    const follow = ({ account, kind, concerns }: BlockingChange): void => {
      rosters.use(account.local ?? '', (roster) => {
        for (const contact of [...(roster?.contacts ?? [])]) {
          const jid = parseJid(contact.jid);
          if (roster === undefined || !concerns(jid)) continue;
          const { sees, isSeen, isAsked } = meaning(contact.state);
          if (isSeen && kind === 'block') presence.hide(account, jid);
          if (isSeen && kind === 'unblock') presence.show(account, jid);
          if (sees && kind === 'unblock') presence.probe(account, jid);
          if (isAsked && kind === 'block') {
            const state = outbound.unsubscribed[contact.state].next;
            rosters.update(roster, { ...contact, state, request: '' });
          }
        }
      });
    };
    onUnload(host.hooks.on('blocking-changed', follow));
  },
});
