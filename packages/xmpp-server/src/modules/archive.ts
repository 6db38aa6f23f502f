/**
 * Message Archive Management (XEP-0313, preferences XEP-0441) of accounts: what an account sends and receives is kept for a while, and its
 * clients read it page by page. Whatever is kept gets a stable id (XEP-0359) before it is delivered.
 */
import { z } from 'zod';
import { isStanzaError, makeJid, NS, stanzaError, type Element, type Jid } from '@conclave/signaling';
import type { Handled, IqReply, IqRequest, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { isRedelivered } from '../session/redelivery.js';
import { timeOrderedId } from '../storage/time-ordered-id.js';
import { ValueCache } from '../storage/value-cache.js';
import { stanzaXml } from '../stream/serialize.js';
import { answerMetadata, answerQuery } from './archive/answer.js';
import { isArchivable, lasting } from './archive/archivable.js';
import { expireRegularly } from './archive/expiry.js';
import { archiveOptions } from './archive/options.js';
import {
  archivePolicy,
  decodePreferences,
  encodePreferences,
  storedPreferences,
  wants,
  type Preferences,
} from './archive/preferences.js';
import { archiveNamespace, extendedNamespace, queryForm } from './archive/query.js';
import { ArchiveQuota } from './archive/quota.js';
import { ReadingPace } from './archive/reading-pace.js';
import { withoutStableIds, withStableId } from './archive/stable-id.js';
import type { Roster } from './roster/roster.js';
import type { Rosters } from './roster/rosters.js';

const options = archiveOptions.extend({
  /** Of accounts that have not said what they want: what people say to each other is kept for those who ask for it. */
  defaultPolicy: archivePolicy.default('never'),
  /** JIDs in an account's preferences. */
  maxJids: z.int().nonnegative().default(200),
  /** Preferences of accounts that are offline kept in memory. */
  cached: z.int().positive().default(4096),
});

export const archive = defineModule({
  name: 'archive',
  needs: ['roster'],
  options,
  load({ host, storage, onUnload, module }, settings) {
    const rosters = module<Rosters>('roster');
    const store = storage.archive('archive');
    const preferenceStore = storage.keyval('archive_prefs', storedPreferences);
    const quota = new ArchiveQuota(store, settings.maxItems);
    const pace = new ReadingPace(settings.reading, settings.queryCost);
    const queried = new WeakSet<ClientSession>();
    /** Messages that have been here, and come again now that the account's preferences are at hand. */
    const seen = new WeakSet<Element>();
    const byDefault: Preferences = { default: settings.defaultPolicy, always: [], never: [] };
    const preferences = new ValueCache<Preferences>({
      capacity: settings.cached,
      inUse: (username) => host.sessions(makeJid(username, host.name)).length > 0,
      load: async (username) => {
        // Nothing is kept for accounts that do not exist.
        if (!(await host.accountExists(username))) return undefined;
        return (await preferenceStore.get(username)) ?? byDefault;
      },
    });
    const logFailure = (error: unknown): void => host.log.error({ err: error }, 'an archive failed');

    /** Runs `act` with whether the account wants to keep what it says with a peer: at once, if that is known. */
    const withWish = (username: string, peer: Jid, act: (wanted: boolean) => void): void => {
      const failed = (error: unknown): void => {
        logFailure(error);
        act(false);
      };
      const decide = (wish: Preferences | undefined): void => {
        if (wish?.default !== 'roster') {
          act(wish !== undefined && wants(wish, peer, () => false));
          return;
        }
        const known = (roster: Roster | undefined): boolean =>
          roster?.contact(peer.bare.toString()).listed === true;
        rosters.use(username, (roster) => act(wants(wish, peer, () => known(roster))), failed);
      };
      preferences.use(username, decide, failed);
    };

    /** Whether it is known already that an account wants nothing: most do not, and should cost nothing. */
    const keepsNothing = (username: string): boolean => {
      const wish = preferences.peek(username);
      return wish?.default === 'never' && wish.always.length === 0;
    };

    const keep = (username: string, id: string, peer: Jid, stanza: Element): void => {
      const value = stanzaXml(lasting(stanza));
      if (value.length > settings.maxItemSize) return;
      store
        .append(username, { id, with: peer.toString(), value })
        .then(() => quota.added(username))
        .catch(logFailure);
    };

    const receive = (event: StanzaEvent): Handled | undefined => {
      const { stanza, from, to } = event;
      const username = to.local;
      if (username === undefined || seen.has(stanza) || isRedelivered(stanza)) return undefined;
      event.stanza = withoutStableIds(stanza, to);
      if (keepsNothing(username) || !isArchivable(stanza, !to.isBare)) return undefined;
      const id = timeOrderedId();
      const decision = { isMade: false, isLate: false };
      withWish(username, from, (wanted) => {
        decision.isMade = true;
        const original = event.stanza;
        if (wanted) {
          event.stanza = withStableId(original, to.bare, id);
          keep(username, id, from, original);
        }
        if (!decision.isLate) return;
        seen.add(event.stanza);
        host.pass(event);
      });
      decision.isLate = !decision.isMade;
      return decision.isLate ? true : undefined;
    };

    const send = ({ stanza, from, to }: StanzaEvent): undefined => {
      const username = from.local ?? '';
      if (stanza.name !== 'message' || keepsNothing(username)) return undefined;
      if (to.bare.equals(from.bare) || !isArchivable(stanza, false)) return undefined;
      const id = timeOrderedId();
      const original = withoutStableIds(stanza, from.bare);
      withWish(username, to, (wanted) => {
        if (wanted) keep(username, id, to, original);
      });
      return undefined;
    };

    const query = ({ payload, from, origin }: IqRequest): IqReply | Promise<IqReply> => {
      if (origin === undefined) return stanzaError('forbidden');
      queried.add(origin);
      return answerQuery(payload, from.local ?? '', from.bare, from, {
        archive: store,
        limits: settings,
        pace,
        send: (message) => origin.send(message),
      });
    };
    const getPreferences = async ({ from }: IqRequest): Promise<IqReply> =>
      encodePreferences((await preferenceStore.get(from.local ?? '')) ?? byDefault);
    const setPreferences = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const wish = decodePreferences(payload, settings.maxJids);
      if (isStanzaError(wish)) return wish;
      await preferenceStore.set(from.local ?? '', wish);
      preferences.forget(from.local ?? '');
      return encodePreferences(wish);
    };

    for (const feature of [archiveNamespace, extendedNamespace, NS.stanzaId]) {
      onUnload(host.disco.accountFeature(feature));
    }
    onUnload(host.iq.handle('account', 'set', 'query', archiveNamespace, query));
    onUnload(host.iq.handle('account', 'get', 'query', archiveNamespace, () => queryForm()));
    onUnload(
      host.iq.handle('account', 'get', 'metadata', archiveNamespace, ({ from }) =>
        answerMetadata(store, from.local ?? ''),
      ),
    );
    // Where to begin reading, for a client that binds by Bind 2 (XEP-0386).
    onUnload(host.bindFeatures.tell((username) => answerMetadata(store, username)));
    onUnload(host.iq.handle('account', 'get', 'prefs', archiveNamespace, getPreferences));
    onUnload(host.iq.handle('account', 'set', 'prefs', archiveNamespace, setPreferences));
    for (const name of ['query', 'metadata', 'prefs']) {
      for (const type of ['get', 'set'] as const) {
        onUnload(
          host.iq.handle('foreign-account', type, name, archiveNamespace, () => stanzaError('forbidden')),
        );
      }
    }
    // After what refuses a message, before carbons remember it.
    onUnload(host.hooks.on('message', receive, 60));
    onUnload(host.hooks.on('outgoing', send, -40));
    // Whoever has read the archive knows what came meanwhile.
    onUnload(host.hooks.on('offline-messages-due', (session) => (queried.has(session) ? true : undefined)));
    // So that preferences are there before the first message.
    onUnload(
      host.hooks.on('session-bound', ({ jid }) =>
        preferences.use(jid.local ?? '', () => undefined, logFailure),
      ),
    );
    onUnload(
      host.hooks.on('account-removed', ({ username }) => {
        preferences.forget(username);
        quota.forget(username);
      }),
    );
    onUnload(expireRegularly(store, settings.days, host.log));
  },
});
