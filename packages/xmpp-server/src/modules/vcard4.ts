/** vCard4 (XEP-0292) is a node of the account like any other; to who knows only vcard-temp it is shown in that form. */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { PersonalEventing } from './pep.js';
import { toVcardTemp } from './vcard4/conversion.js';

const node = 'urn:xmpp:vcard4';

export const vcard4 = defineModule({
  name: 'vcard4',
  needs: ['pep'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const personal = module<PersonalEventing>('pep');
    onUnload(
      host.hooks.on('vcard-read', ({ username, reader, add }) =>
        add(personal.items(username, node, reader).then((items) => toVcardTemp(items.at(-1)?.xml ?? ''))),
      ),
    );
  },
});
