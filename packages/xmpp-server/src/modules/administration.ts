/** Service Administration (XEP-0133): what the administrators of a host do from their clients. */
import { z } from 'zod';
import { isStanzaError, tryParseJid } from '@conclave/signaling';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { accountCommands } from './administration/accounts.js';
import { Admins } from './administration/admins.js';
import { formType, text } from './administration/fields.js';
import { listCommands } from './administration/lists.js';
import { AdminMessages } from './administration/messages.js';
import type { Commands } from './commands.js';

const options = z.strictObject({
  /** Bare JIDs of the administrators. */
  admins: z
    .array(z.string().refine((value) => tryParseJid(value)?.isBare === true, 'not the address of an account'))
    .default([]),
  /** Addresses in a list. */
  maxListed: z.int().positive().default(1000),
});

export const administration = defineModule({
  name: 'administration',
  needs: ['commands'],
  options,
  load({ host, storage, onUnload, module, neighbour }, { admins: configured, maxListed }) {
    const accounts = host.accountStore;
    if (accounts === undefined || configured.length === 0) return;
    const online = new Set<ClientSession>();
    const { offered } = neighbour(host.name);
    const context = { host, accounts, online, maxListed, offered };
    const admins = new Admins(configured, storage);
    const messages = new AdminMessages(context, storage);
    const logFailure = (error: unknown): void => host.log.error({ err: error }, 'administration failed');
    admins.load().catch(logFailure);

    const all = [...accountCommands(context), ...listCommands(context), ...messages.commands, admins.command];
    for (const { node, run, ...command } of all) {
      onUnload(
        module<Commands>('commands').add({
          ...command,
          node: `${formType}#${node}`,
          mayRun: (who) => admins.has(who.bare.toString()),
          run: async (given, who) => {
            const result = await run(given, who);
            const outcome = isStanzaError(result) ? result.condition : 'done';
            const concerned = [text(given, 'accountjid'), text(given, 'accountjids')].filter(
              (jid) => jid !== '',
            );
            host.log.info(
              { admin: who.bare, command: node, concerned, outcome },
              'an administrator’s command',
            );
            return result;
          },
        }),
      );
    }
    onUnload(host.hooks.on('session-bound', (session) => void online.add(session)));
    onUnload(host.hooks.on('session-ended', (session) => void online.delete(session)));
    // After the presences that the session gets.
    onUnload(host.hooks.on('client-presence', (event) => void messages.greet(event).catch(logFailure), -30));
    onUnload(
      host.hooks.on('account-removed', ({ account, until }) => until(admins.forget(account.toString()))),
    );
  },
});
