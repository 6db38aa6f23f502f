/** Blocking Command (XEP-0191): an account neither hears of nor speaks to those it has blocked. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  attribute,
  el,
  errorReply,
  isStanzaError,
  makeJid,
  stanzaError,
  tryParseJid,
  type Element,
  type Jid,
} from '@conclave/signaling';
import type { Handled, IqReply, IqRequest, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { LatestWrites } from '../storage/latest-writes.js';
import { ValueCache } from '../storage/value-cache.js';
import { Blocklist } from './blocking/blocklist.js';
import { blockingNamespace, itemsOf, parseItems } from './blocking/requests.js';
import { messageType } from './message/content.js';
import { isSubscriptionAction } from './roster/subscription.js';

/** What an account blocks has changed. */
export interface BlockingChange {
  readonly account: Jid;
  readonly kind: 'block' | 'unblock';
  /** Whether somebody is concerned: blocked now, and was not, or the other way round. */
  readonly concerns: (jid: Jid) => boolean;
}

declare module '../host/host.js' {
  interface HostEvents {
    /** Before somebody is blocked; after somebody is no longer. */
    'blocking-changed': { payload: BlockingChange; result: never };
  }
}

const options = z.strictObject({
  /** Addresses that an account may block. */
  maxItems: z.int().positive().default(1000),
  /** Lists of accounts that are offline kept in memory. */
  cached: z.int().positive().default(4096),
});

export const blocking = defineModule({
  name: 'blocking',
  options,
  load({ host, storage, onUnload }, { maxItems, cached }) {
    const store = storage.keyval('blocklist', z.array(z.string()));
    const writes = new LatestWrites();
    const interested = new WeakSet<ClientSession>();
    const accountOf = (username: string): Jid => makeJid(username, host.name);
    const lists = new ValueCache<Blocklist>({
      capacity: cached,
      inUse: (username) => host.sessions(accountOf(username)).length > 0,
      load: async (username) => new Blocklist(await store.get(username)),
    });
    const logFailure = (error: unknown): void =>
      host.log.error({ err: error }, 'a list of who is blocked failed');

    const withList = (
      { from }: IqRequest,
      answer: (list: Blocklist) => IqReply | Promise<IqReply>,
    ): Promise<IqReply> =>
      new Promise((resolve, reject) => {
        lists.use(from.local ?? '', (list = new Blocklist()) => resolve(answer(list)), reject);
      });

    const save = (username: string, list: Blocklist): Promise<void> =>
      writes.write(username, () =>
        list.size === 0 ? store.remove(username) : store.set(username, [...list.jids]),
      );

    const push = (account: Jid, payload: () => Element): void => {
      for (const session of host.sessions(account)) {
        if (!interested.has(session)) continue;
        session.send(el('iq', { type: 'set', id: randomUUID(), to: session.jid.toString() }, payload()));
      }
    };

    const get = ({ origin }: IqRequest, list: Blocklist): IqReply => {
      if (origin !== undefined) interested.add(origin);
      return itemsOf('blocklist', list.jids);
    };

    const block = async ({ from, payload }: IqRequest, list: Blocklist): Promise<IqReply> => {
      const jids = parseItems(payload);
      if (isStanzaError(jids)) return jids;
      if (jids.length === 0) return stanzaError('bad-request');
      const account = from.bare;
      const added = new Blocklist(jids.filter((jid) => !list.has(jid)));
      // Nobody gains from not hearing oneself, or the server that one is at.
      if (added.matches(from) || added.has(host.name)) return stanzaError('not-allowed');
      if (list.size + added.size > maxItems) return stanzaError('resource-constraint');
      const concerns = (jid: Jid): boolean => added.matches(jid) && !list.matches(jid);
      host.hooks.emit('blocking-changed', { account, kind: 'block', concerns });
      for (const jid of added.jids) list.add(jid);
      push(account, () => itemsOf('block', jids));
      await save(account.local ?? '', list);
      return null;
    };

    const unblock = async ({ from, payload }: IqRequest, list: Blocklist): Promise<IqReply> => {
      const jids = parseItems(payload);
      if (isStanzaError(jids)) return jids;
      const account = from.bare;
      const before = new Blocklist(list.jids);
      if (jids.length === 0) list.clear();
      for (const jid of jids) list.remove(jid);
      const concerns = (jid: Jid): boolean => before.matches(jid) && !list.matches(jid);
      push(account, () => itemsOf('unblock', jids));
      host.hooks.emit('blocking-changed', { account, kind: 'unblock', concerns });
      await save(account.local ?? '', list);
      return null;
    };

    /** An answer where one is due, and never one that shows that somebody is there (s.3.4). */
    const repel = ({ stanza }: StanzaEvent): Handled => {
      const type = attribute(stanza, 'type');
      const asks = stanza.name === 'iq' && (type === 'get' || type === 'set');
      const talks = stanza.name === 'message' && ['chat', 'normal'].includes(messageType(stanza));
      if (asks || talks) host.route(errorReply(stanza, stanzaError('service-unavailable')));
      return true;
    };
    const isUnwanted = (list: Blocklist, { stanza, from }: StanzaEvent): boolean => {
      if (list.size === 0) return false;
      const inviter = stanza.name === 'message' ? inviterOf(stanza) : undefined;
      return list.matches(from) || (inviter !== undefined && list.matches(inviter));
    };

    const receive = (event: StanzaEvent): Handled | undefined => {
      const { local } = event.to;
      if (local === undefined || event.from.bare.equals(event.to.bare)) return undefined;
      const list = lists.peek(local);
      if (list !== undefined) return isUnwanted(list, event) ? repel(event) : undefined;
      // It comes here again, when the list is at hand.
      lists.use(
        local,
        () => host.pass(event),
        (error) => {
          logFailure(error);
          repel(event);
        },
      );
      return true;
    };

    const send = (event: StanzaEvent): Handled | undefined => {
      const { stanza, from, to, origin } = event;
      const type = attribute(stanza, 'type');
      const isRosterMatter = stanza.name === 'presence' && isSubscriptionAction(type);
      if (to.bare.equals(from.bare) || isRosterMatter) return undefined;
      if (lists.peek(from.local ?? '')?.matches(to) !== true) return undefined;
      const isAnswer = type === 'error' || (stanza.name === 'iq' && type === 'result');
      const blocked = el('blocked', { xmlns: `${blockingNamespace}:errors` });
      const error = stanzaError('not-acceptable', undefined, blocked);
      if (!isAnswer) origin?.send(errorReply(stanza, { ...error, type: 'cancel' }));
      return true;
    };

    onUnload(host.disco.feature(blockingNamespace));
    onUnload(
      host.iq.handle('account', 'get', 'blocklist', blockingNamespace, (request) =>
        withList(request, (list) => get(request, list)),
      ),
    );
    onUnload(
      host.iq.handle('account', 'set', 'block', blockingNamespace, (request) =>
        withList(request, (list) => block(request, list)),
      ),
    );
    onUnload(
      host.iq.handle('account', 'set', 'unblock', blockingNamespace, (request) =>
        withList(request, (list) => unblock(request, list)),
      ),
    );
    onUnload(host.hooks.on('stanza', receive, 100));
    onUnload(host.hooks.on('outgoing', send, 100));
    onUnload(
      host.hooks.on('presence-to-contact', ({ session, to }): Handled | undefined =>
        lists.peek(session.jid.local ?? '')?.matches(to) === true ? true : undefined,
      ),
    );
    // So that the list is there before the first stanza.
    onUnload(
      host.hooks.on('session-bound', ({ jid }) => lists.use(jid.local ?? '', () => undefined, logFailure)),
    );
    onUnload(
      host.hooks.on('account-removed', ({ username, until }) => {
        lists.forget(username);
        until(writes.settled(username));
      }),
    );
  },
});

/** Who invites to a room in the room's name (XEP-0045 s.7.8.2). */
function inviterOf(message: Element): Jid | undefined {
  const invite = message.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChild('invite');
  return invite === undefined ? undefined : tryParseJid(attribute(invite, 'from'));
}
