/** vcard-temp (XEP-0054): what an account says of its owner, for everybody to read. */
import { z } from 'zod';
import { el, stanzaError } from '@conclave/signaling';
import { parse } from 'ltx';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';

const namespace = 'vcard-temp';

const options = z.strictObject({
  /** Characters of a vCard; photos stand in it as text. */
  maxSize: z
    .int()
    .positive()
    .default(128 * 1024),
});

export const vcardTemp = defineModule({
  name: 'vcard-temp',
  options,
  load({ host, storage, onUnload }, { maxSize }) {
    const store = storage.keyval('vcard', z.string());

    const get = async ({ from, to }: IqRequest): Promise<IqReply> => {
      const vcard = await store.get(to.local ?? '');
      if (vcard !== undefined) return parse(vcard);
      // The owner of an empty one may fill it; of others' accounts it stays open whether there is one (s.3.2).
      return to.equals(from.bare) ? el('vCard', { xmlns: namespace }) : stanzaError('item-not-found');
    };

    const set = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const vcard = payload.toString();
      if (vcard.length > maxSize) return stanzaError('resource-constraint');
      await store.set(from.local ?? '', vcard);
      return null;
    };

    onUnload(host.disco.feature(namespace));
    onUnload(host.disco.accountFeature(namespace));
    onUnload(host.iq.handle('account', 'get', 'vCard', namespace, get));
    onUnload(host.iq.handle('foreign-account', 'get', 'vCard', namespace, get));
    onUnload(host.iq.handle('account', 'set', 'vCard', namespace, set));
    onUnload(host.iq.handle('foreign-account', 'set', 'vCard', namespace, () => stanzaError('forbidden')));
  },
});
