/**
 * Names of accounts that are gone rest for a while: whoever had them is still in other people's rosters and rooms, and nobody is to
 * take that place by just asking for it. Administrators may give such a name away again.
 */
import { z } from 'zod';
import { stanzaError, tryParseJid } from '@conclave/signaling';
import { defineModule } from '../host/module.js';

const day = 86_400_000;

const stored = z.object({
  /** When the account was removed (ISO 8601). */
  at: z.string(),
});

/** What is kept by the name of an account goes with it; this is not the name of any. */
const ownerOf = (username: string): string => `removed:${username}`;

export const retiredNames = defineModule({
  name: 'retired-names',
  options: z.strictObject({
    /** For which names rest. */
    days: z.number().positive().default(30),
  }),
  load({ host, storage, onUnload }, { days }) {
    const store = storage.keyval('retired_names', stored);

    const rests = async (username: string): Promise<boolean> => {
      const local = tryParseJid(`${username}@${host.name}`)?.local ?? username;
      const retired = await store.get(ownerOf(local));
      if (retired === undefined) return false;
      if (Date.parse(retired.at) + days * day > Date.now()) return true;
      await store.remove(ownerOf(local));
      return false;
    };

    onUnload(
      host.hooks.on('account-removed', ({ username, until }) =>
        until(store.set(ownerOf(username), { at: new Date().toISOString() })),
      ),
    );
    onUnload(
      host.hooks.on('name-wanted', async ({ username }) =>
        // The same answer as for a name that is taken: that somebody had it is nobody's business.
        (await rests(username)) ? stanzaError('conflict', 'This name is taken') : undefined,
      ),
    );
  },
});
