/** Service Discovery (XEP-0030 s.8) of an account by others: only who sees its presence learns that it is there, and what it offers. */
import { z } from 'zod';
import { attribute, el, NS, stanzaError } from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { info } from './disco.js';
import type { Rosters } from './roster/rosters.js';
import { meaning } from './roster/subscription.js';

export const contactDisco = defineModule({
  name: 'contact-disco',
  needs: ['disco', 'roster'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const rosters = module<Rosters>('roster');

    const toContacts = (request: IqRequest, answer: () => IqReply): Promise<IqReply> =>
      new Promise((resolve, reject) => {
        rosters.use(
          request.to.local ?? '',
          (roster) => {
            const state = roster?.contact(request.from.bare.toString()).state ?? 'none';
            if (!meaning(state).isSeen) resolve(stanzaError('service-unavailable'));
            else if (attribute(request.payload, 'node') !== undefined) resolve(stanzaError('item-not-found'));
            else resolve(answer());
          },
          reject,
        );
      });

    onUnload(
      host.iq.handle('foreign-account', 'get', 'query', NS.discoInfo, (request) =>
        toContacts(request, () =>
          info([{ category: 'account', type: 'registered' }], host.disco.accountFeatures),
        ),
      ),
    );
    onUnload(
      host.iq.handle('foreign-account', 'get', 'query', NS.discoItems, (request) =>
        toContacts(request, () => el('query', { xmlns: NS.discoItems })),
      ),
    );
  },
});
