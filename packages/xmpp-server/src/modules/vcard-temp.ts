/** vcard-temp (XEP-0054): what an account says of its owner, for everybody to read. */
import { z } from 'zod';
import { childElements, el, stanzaError, type Element, type Jid } from '@conclave/signaling';
import { parse } from 'ltx';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';

const vcardNamespace = 'vcard-temp';

/** Somebody reads the vCard of an account. */
interface VcardReading {
  readonly username: string;
  readonly reader: Jid;
  /** What the account has written, if anything. */
  readonly vcard: Element | undefined;
  /** Gives fields that are known from elsewhere; those that the account has written itself stay as they are. */
  readonly add: (fields: Promise<readonly Element[]>) => void;
}

/** An account has written its vCard; it is stored. */
interface VcardWriting {
  readonly username: string;
  readonly before: Element | undefined;
  readonly vcard: Element;
}

declare module '../host/host.js' {
  interface HostEvents {
    'vcard-read': { payload: VcardReading; result: never };
    'vcard-written': { payload: VcardWriting; result: never };
    /** Asks for a vCard as the account has written it. */
    'vcard-stored': { payload: { readonly username: string }; result: Promise<Element | undefined> };
    /** Changes it without a word to anybody. */
    'vcard-change': {
      payload: { readonly username: string; readonly vcard: Element };
      result: Promise<void>;
    };
  }
}

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

    const read = async (username: string): Promise<Element | undefined> => {
      const vcard = await store.get(username);
      return vcard === undefined ? undefined : parse(vcard);
    };

    const get = async ({ from, to }: IqRequest): Promise<IqReply> => {
      const username = to.local ?? '';
      const own = await read(username);
      const added: Promise<readonly Element[]>[] = [];
      const add = (fields: Promise<readonly Element[]>): void => void added.push(fields);
      host.hooks.emit('vcard-read', { username, reader: from, vcard: own, add });
      const written = own === undefined ? [] : childElements(own);
      const names = new Set(written.map(({ name }) => name));
      const others = (await Promise.all(added)).flat().filter(({ name }) => !names.has(name));
      if (own !== undefined || others.length > 0) {
        return el('vCard', { xmlns: vcardNamespace }, written, others);
      }
      // The owner of an empty one may fill it; of others' accounts it stays open whether there is one (s.3.2).
      return to.equals(from.bare) ? el('vCard', { xmlns: vcardNamespace }) : stanzaError('item-not-found');
    };

    const set = async ({ from, payload: vcard }: IqRequest): Promise<IqReply> => {
      const text = vcard.toString();
      if (text.length > maxSize) return stanzaError('resource-constraint');
      const username = from.local ?? '';
      const before = await read(username);
      await store.set(username, text);
      host.hooks.emit('vcard-written', { username, before, vcard });
      return null;
    };

    onUnload(host.disco.feature(vcardNamespace));
    onUnload(host.disco.accountFeature(vcardNamespace));
    onUnload(host.iq.handle('account', 'get', 'vCard', vcardNamespace, get));
    onUnload(host.iq.handle('foreign-account', 'get', 'vCard', vcardNamespace, get));
    onUnload(host.iq.handle('account', 'set', 'vCard', vcardNamespace, set));
    onUnload(
      host.iq.handle('foreign-account', 'set', 'vCard', vcardNamespace, () => stanzaError('forbidden')),
    );
    onUnload(host.hooks.on('vcard-stored', ({ username }) => read(username)));
    onUnload(host.hooks.on('vcard-change', ({ username, vcard }) => store.set(username, vcard.toString())));
  },
});
