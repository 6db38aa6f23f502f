/** Service Discovery (XEP-0030) of an account by others: those who may see its presence. To the rest it is as if it did not exist. */
import { z } from 'zod';
import { NS, stanzaError } from '@conclave/signaling';
import type { IqReply } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { AccountDiscovery } from './disco.js';
import type { Rosters } from './roster/rosters.js';
import { meaning } from './roster/subscription.js';

export const contactDisco = defineModule({
  name: 'contact-disco',
  needs: ['disco', 'roster'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const rosters = module<Rosters>('roster');
    const discovery = module<AccountDiscovery>('disco');
    for (const kind of ['info', 'items'] as const) {
      const namespace = kind === 'info' ? NS.discoInfo : NS.discoItems;
      onUnload(
        host.iq.handle(
          'foreign-account',
          'get',
          'query',
          namespace,
          (request) =>
            new Promise<IqReply>((resolve, reject) => {
              rosters.use(
                request.to.local ?? '',
                (roster) => {
                  const state = roster?.contact(request.from.bare.toString()).state ?? 'none';
                  const mayAsk = meaning(state).isSeen;
                  resolve(mayAsk ? discovery.answer(kind, request) : stanzaError('service-unavailable'));
                },
                reject,
              );
            }),
        ),
      );
    }
  },
});
