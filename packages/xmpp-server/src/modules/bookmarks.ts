/**
 * Bookmarks of rooms (XEP-0402): items of a node of the account, for its owner alone. Clients that know only the older forms, one
 * list in private storage (XEP-0049) or in a node (XEP-0048), read and write the same bookmarks.
 */
import { z } from 'zod';
import {
  attribute,
  childElements,
  el,
  isStanzaError,
  makeJid,
  NS,
  stanzaError,
  type Element,
  type Jid,
} from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { InTurn } from '../storage/in-turn.js';
import {
  bookmarksNode,
  difference,
  encodeLegacy,
  legacyNamespace,
  parseLegacy,
} from './bookmarks/conversion.js';
import type { ClientInterests } from './caps.js';
import type { PersonalEventing } from './pep.js';
import { pubsubNamespace } from './pubsub/namespaces.js';
import type { Item } from './pubsub/node.js';
import { answer } from './pubsub/request.js';

/** The id of the one item of the older node. */
const legacyId = 'current';

export const bookmarks = defineModule({
  name: 'bookmarks',
  needs: ['pep', 'caps'],
  options: z.strictObject({
    /** Rooms that an account may bookmark. */
    maxBookmarks: z.int().positive().default(256),
  }),
  load({ host, onUnload, module }, { maxBookmarks }) {
    const personal = module<PersonalEventing>('pep');
    const inTurn = new InTurn();

    const interests = module<ClientInterests>('caps');

    const items = (username: string): Promise<readonly Item[]> =>
      personal.items(username, bookmarksNode, makeJid(username, host.name));
    const request = (username: string, action: Element): Promise<IqReply> =>
      personal.request(username, 'set', el('pubsub', { xmlns: pubsubNamespace.requests }, action));

    /** Makes the bookmarks what a list says. */
    const replace = (username: string, storage: Element): Promise<IqReply> =>
      inTurn.run(username, async () => {
        const wanted = parseLegacy(storage);
        if (isStanzaError(wanted)) return wanted;
        if (wanted.length > maxBookmarks) return stanzaError('resource-constraint');
        const { publish, retract } = difference(await items(username), wanted);
        for (const id of retract) {
          const item = el('item', { id });
          const done = await request(username, el('retract', { node: bookmarksNode, notify: true }, item));
          if (isStanzaError(done)) return done;
        }
        for (const { id, payload } of publish) {
          const done = await request(
            username,
            el('publish', { node: bookmarksNode }, el('item', { id }, payload)),
          );
          if (isStanzaError(done)) return done;
        }
        return null;
      });

    /** The older node is not there; what is asked of it is answered from the newer. */
    const serveLegacyNode = ({ type, from, payload }: IqRequest): Promise<IqReply> | undefined => {
      const action = childElements(payload).find((child) => attribute(child, 'node') === legacyNamespace);
      const username = from.local ?? '';
      if (action === undefined || payload.getNS() !== pubsubNamespace.requests) return undefined;
      if (type === 'get' && action.name === 'items') {
        return items(username).then((found) => {
          const only = el('item', { id: legacyId }, encodeLegacy(found));
          return answer(el('items', { node: legacyNamespace }, only));
        });
      }
      if (type === 'set' && action.name === 'publish') {
        const storage = action.getChild('item')?.getChild('storage', legacyNamespace);
        return storage === undefined
          ? Promise.resolve(stanzaError('bad-request'))
          : replace(username, storage);
      }
      return Promise.resolve({ ...stanzaError('not-allowed'), type: 'modify' });
    };

    /** Clients of the owner that listen to the older node hear all that there is. */
    const tell = async (account: Jid, listeners: readonly ClientSession[]): Promise<void> => {
      if (listeners.length === 0) return;
      const only = el('item', { id: legacyId }, encodeLegacy(await items(account.local ?? '')));
      const event = el(
        'event',
        { xmlns: pubsubNamespace.event },
        el('items', { node: legacyNamespace }, only),
      );
      for (const session of listeners) {
        const addresses = { from: account.toString(), to: session.jid.toString() };
        session.send(el('message', { xmlns: NS.client, type: 'headline', ...addresses }, event));
      }
    };
    const logFailure = (error: unknown): void =>
      host.log.error({ err: error }, 'bookmarks could not be told of');

    onUnload(
      host.hooks.on('personal-event', ({ account, event: { node } }) => {
        if (node.name !== bookmarksNode) return;
        const wanting = host.sessions(account).filter((one) => interests.wants(one, legacyNamespace));
        tell(account, wanting).catch(logFailure);
      }),
    );
    onUnload(
      host.hooks.on('client-interest', ({ session, nodes }) => {
        if (nodes.has(legacyNamespace)) tell(session.jid.bare, [session]).catch(logFailure);
      }),
    );
    onUnload(
      personal.rule(bookmarksNode, {
        config: { accessModel: 'whitelist', maxItems: maxBookmarks, sendLastItem: 'never' },
        fixed: ['accessModel', 'publishModel', 'persistItems'],
      }),
    );
    onUnload(host.hooks.on('personal-request', serveLegacyNode));
    onUnload(
      host.hooks.on('private-get', ({ username, element }) =>
        element.is('storage', legacyNamespace)
          ? items(username).then((found) => (found.length === 0 ? undefined : encodeLegacy(found)))
          : undefined,
      ),
    );
    onUnload(
      host.hooks.on('private-set', ({ username, element }) =>
        element.is('storage', legacyNamespace) ? replace(username, element) : undefined,
      ),
    );
    for (const feature of [`${bookmarksNode}#compat`, `${bookmarksNode}#compat-pep`]) {
      onUnload(host.disco.accountFeature(feature));
    }
  },
});
