/** Private XML Storage (XEP-0049): what clients keep at the server for themselves, each element by its name and namespace. */
import { z } from 'zod';
import { childElements, el, stanzaError, type Element } from '@conclave/signaling';
import { parse } from 'ltx';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { InTurn } from '../storage/in-turn.js';

const namespace = 'jabber:iq:private';

/** An element that an account's client asks for, or gives to be kept. */
interface PrivateElement {
  readonly username: string;
  readonly element: Element;
}

declare module '../host/host.js' {
  interface HostEvents {
    /** Who answers keeps it elsewhere; undefined in the end: there is nothing elsewhere. */
    'private-get': { payload: PrivateElement; result: Promise<Element | undefined> };
    'private-set': { payload: PrivateElement; result: Promise<IqReply> };
  }
}

const stored = z.array(z.object({ name: z.string(), namespace: z.string(), xml: z.string() }));

const options = z.strictObject({
  /** Characters that an account may keep. */
  maxSize: z
    .int()
    .positive()
    .default(256 * 1024),
});

export const privateXml = defineModule({
  name: 'private-xml',
  options,
  load({ host, storage, onUnload }, { maxSize }) {
    const store = storage.keyval('private', stored);
    const inTurn = new InTurn();

    const get = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const asked = theElement(payload);
      if (asked === undefined) return stanzaError('bad-request');
      const username = from.local ?? '';
      const elsewhere = await host.hooks.emit('private-get', { username, element: asked });
      if (elsewhere !== undefined) return el('query', { xmlns: namespace }, elsewhere);
      const kept = await store.get(username);
      const found = kept?.find((entry) => isThe(entry, asked));
      const answer = found === undefined ? el(asked.name, { xmlns: asked.getNS() }) : parse(found.xml);
      return el('query', { xmlns: namespace }, answer);
    };

    const set = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const given = theElement(payload);
      if (given === undefined) return stanzaError('bad-request');
      const username = from.local ?? '';
      const elsewhere = host.hooks.emit('private-set', { username, element: given });
      if (elsewhere !== undefined) return elsewhere;
      return inTurn.run(username, async () => {
        const others = ((await store.get(username)) ?? []).filter((entry) => !isThe(entry, given));
        const entry = { name: given.name, namespace: given.getNS() ?? '', xml: given.toString() };
        const entries = given.children.length === 0 ? others : [...others, entry];
        const size = entries.reduce((sum, { xml }) => sum + xml.length, 0);
        if (size > maxSize) return stanzaError('resource-constraint');
        await store.set(username, entries);
        return null;
      });
    };

    onUnload(host.disco.feature(namespace));
    onUnload(host.iq.handle('account', 'get', 'query', namespace, get));
    onUnload(host.iq.handle('account', 'set', 'query', namespace, set));
    for (const type of ['get', 'set'] as const) {
      onUnload(host.iq.handle('foreign-account', type, 'query', namespace, () => stanzaError('forbidden')));
    }
  },
});

/** Exactly one, in a namespace of its own (s.2). */
function theElement(query: Element): Element | undefined {
  const [element, ...more] = childElements(query);
  if (element === undefined || more.length > 0) return undefined;
  const own = element.getNS();
  return own === undefined || own === '' || own === namespace ? undefined : element;
}

function isThe(entry: { name: string; namespace: string }, element: Element): boolean {
  return entry.name === element.name && entry.namespace === element.getNS();
}
