/** Contact Addresses (XEP-0157): whom to turn to about this service, found by service discovery. */
import { z } from 'zod';
import { formTypeField } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

const kinds = ['abuse', 'admin', 'feedback', 'sales', 'security', 'status', 'support'] as const;

/** URIs, as `mailto:abuse@example.net` or `xmpp:admin@example.net`. */
const uris = z.array(z.url()).default([]);

const options = z.strictObject(
  Object.fromEntries(kinds.map((kind) => [kind, uris])) as Record<(typeof kinds)[number], typeof uris>,
);

export const contactAddresses = defineModule({
  name: 'contact-addresses',
  options,
  load({ host, onUnload }, addresses) {
    const given = kinds.filter((kind) => addresses[kind].length > 0);
    if (given.length === 0) return;
    onUnload(
      host.disco.form({
        type: 'result',
        fields: [
          formTypeField('http://jabber.org/network/serverinfo'),
          ...given.map((kind) => ({
            var: `${kind}-addresses`,
            type: 'list-multi',
            values: addresses[kind],
          })),
        ],
      }),
    );
  },
});
