/** The roster (RFC 6121 s.2): the list of contacts that the server keeps for each account. */
import { z } from 'zod';
import {
  attribute,
  el,
  isStanzaError,
  NS,
  parseJid,
  stanzaError,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { stranger, type Contact } from './roster/contact.js';
import { encodeItem, parseRosterSet, rosterNamespace, type ItemRequest } from './roster/item.js';
import type { Roster } from './roster/roster.js';
import { Rosters } from './roster/rosters.js';
import { meaning, type SubscriptionState } from './roster/subscription.js';

const options = z.strictObject({
  /** Contacts of an account, those that have only asked included. */
  maxContacts: z.int().positive().default(2000),
  /** Groups of a contact. */
  maxGroups: z.int().positive().default(32),
  /** Characters of a contact's name, and of a group's. */
  maxNameLength: z.int().positive().default(256),
  /** Rosters of accounts that are offline kept in memory. */
  cached: z.int().positive().default(1024),
});

export const roster = defineModule({
  name: 'roster',
  options,
  load({ host, storage, onUnload }, { maxContacts, maxGroups, maxNameLength, cached }): Rosters {
    const rosters = new Rosters(host, storage, cached);
    const limits = { nameLength: maxNameLength, groups: maxGroups };

    /** Answers as soon as the roster is at hand. */
    const withRoster = (
      request: IqRequest,
      answer: (own: Roster) => IqReply | Promise<IqReply>,
    ): Promise<IqReply> =>
      new Promise((resolve, reject) => {
        const { local } = request.from;
        if (local === undefined) {
          resolve(stanzaError('service-unavailable'));
          return;
        }
        rosters.use(
          local,
          (own) => resolve(own === undefined ? stanzaError('service-unavailable') : answer(own)),
          reject,
        );
      });

    const get = (request: IqRequest, own: Roster): IqReply => {
      if (request.origin !== undefined) rosters.interest(request.origin);
      if (attribute(request.payload, 'ver') === own.version) return null;
      const listed = Array.from(own.contacts).filter((contact) => contact.listed);
      return el('query', { xmlns: rosterNamespace, ver: own.version }, listed.map(encodeItem));
    };

    const set = async (request: IqRequest, own: Roster): Promise<IqReply> => {
      const asked = parseRosterSet(request.payload, limits);
      if (isStanzaError(asked)) return asked;
      if (asked.jid === request.from.bare.toString()) return stanzaError('not-allowed', 'That is yourself');
      if (asked.kind === 'remove') return (await remove(request, own, asked.jid)) ?? null;
      if (!own.has(asked.jid) && own.size >= maxContacts) return stanzaError('resource-constraint');
      await rosters.change(own, changed(own, asked));
      return null;
    };

    /** Ends the relation from both sides (s.2.5.2). */
    const remove = async (
      { from }: IqRequest,
      own: Roster,
      jid: string,
    ): Promise<StanzaError | undefined> => {
      const contact = own.contact(jid);
      if (!contact.listed) return stanzaError('item-not-found');
      await rosters.change(own, stranger(jid), {
        route: () => farewell(from.bare, jid, contact.state),
      });
      return undefined;
    };

    const farewell = (from: Jid, jid: string, state: SubscriptionState): void => {
      const { sees, asks, isSeen, isAsked } = meaning(state);
      const to = parseJid(jid);
      const send = (type: 'unsubscribe' | 'unsubscribed'): void => {
        const stanza = el('presence', { xmlns: NS.client, type, from: from.toString(), to: jid });
        host.pass({ stanza, from, to, origin: undefined });
      };
      if (sees || asks) send('unsubscribe');
      if (isSeen || isAsked) send('unsubscribed');
    };

    onUnload(host.streamFeatures.add(el('ver', { xmlns: 'urn:xmpp:features:rosterver' })));
    onUnload(
      host.iq.handle('account', 'get', 'query', rosterNamespace, (request) =>
        withRoster(request, (own) => get(request, own)),
      ),
    );
    onUnload(
      host.iq.handle('account', 'set', 'query', rosterNamespace, (request) =>
        withRoster(request, (own) => set(request, own)),
      ),
    );
    for (const type of ['get', 'set'] as const) {
      onUnload(
        host.iq.handle('foreign-account', type, 'query', rosterNamespace, () => stanzaError('forbidden')),
      );
    }
    onUnload(
      host.hooks.on('account-removed', ({ username, account, until }) => {
        const leave = async (): Promise<void> => {
          const own = await rosters.takeLeave(username);
          for (const { jid, state } of own.contacts) farewell(account, jid, state);
        };
        until(leave());
      }),
    );
    return rosters;
  },
});

/** The contact as the client wants it: name and groups are its to say, all else stays. */
function changed(own: Roster, { jid, name, groups }: Extract<ItemRequest, { kind: 'update' }>): Contact {
  return { ...own.contact(jid), listed: true, name, groups: [...groups] };
}
