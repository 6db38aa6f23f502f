/** Last Activity (XEP-0012): how long the server has been up, and since when somebody has been gone, for those who may know. */
import { z } from 'zod';
import { attribute, el, stanzaError, type Element } from '@conclave/signaling';
import type { ClientPresence, IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Rosters } from './roster/rosters.js';
import { meaning } from './roster/subscription.js';

const namespace = 'jabber:iq:last';

const stored = z.object({
  /** ISO 8601. */
  left: z.string(),
  status: z.string(),
});

/** What the module offers to others. */
export interface LastActivity {
  /** When the account's last client left (ISO 8601); undefined: none was ever there. */
  left(username: string): Promise<string | undefined>;
}

const options = z.strictObject({
  /** Characters kept of what somebody said on leaving. */
  maxStatusLength: z.int().nonnegative().default(1024),
});

export const lastActivity = defineModule({
  name: 'last-activity',
  needs: ['roster'],
  options,
  load({ host, storage, onUnload, module }, { maxStatusLength }): LastActivity {
    const rosters = module<Rosters>('roster');
    const store = storage.keyval('last_activity', stored);
    const start = Date.now();

    const answer = async ({ to }: IqRequest): Promise<IqReply> => {
      if (host.sessions(to).some(({ presence }) => presence !== undefined)) return idleFor(0);
      const last = await store.get(to.local ?? '');
      if (last === undefined) return stanzaError('item-not-found');
      return idleFor(Date.now() - Date.parse(last.left), last.status);
    };

    /** Only who sees the presence of an account may know (s.8); of one that does not exist nobody does. */
    const answerOthers = (request: IqRequest): Promise<IqReply> =>
      new Promise((resolve, reject) => {
        rosters.use(
          request.to.local ?? '',
          (roster) => {
            const state = roster?.contact(request.from.bare.toString()).state ?? 'none';
            resolve(meaning(state).isSeen ? answer(request) : stanzaError('forbidden'));
          },
          reject,
        );
      });

    const note = ({ session, stanza }: ClientPresence): void => {
      const username = session.jid.local;
      const isLast = host.sessions(session.jid).every(({ presence }) => presence === undefined);
      if (attribute(stanza, 'type') !== 'unavailable' || !isLast || username === undefined) return;
      const status = stanza.getChildText('status')?.slice(0, maxStatusLength) ?? '';
      store.set(username, { left: new Date().toISOString(), status }).catch((error: unknown) => {
        host.log.error({ err: error, username }, 'the last activity could not be stored');
      });
    };

    onUnload(host.disco.feature(namespace));
    onUnload(host.iq.handle('host', 'get', 'query', namespace, () => idleFor(Date.now() - start)));
    onUnload(host.iq.handle('account', 'get', 'query', namespace, answer));
    onUnload(host.iq.handle('foreign-account', 'get', 'query', namespace, answerOthers));
    onUnload(host.hooks.on('client-presence', note));
    return { left: async (username) => (await store.get(username))?.left };
  },
});

function idleFor(milliseconds: number, status = ''): Element {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return el('query', { xmlns: namespace, seconds }, status === '' ? undefined : status);
}
