/** Service Administration (XEP-0133): what the administrators of a host do from their clients. */
import { z } from 'zod';
import {
  el,
  isStanzaError,
  makeJid,
  NS,
  stanzaError,
  tryParseJid,
  type DataForm,
  type StanzaError,
} from '@conclave/signaling';
import { AccountError } from '../accounts/account-error.js';
import type { AccountStore } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { adminForm, field, formType, text, usernames } from './administration/fields.js';
import type { Commands } from './commands.js';
import type { Command, CommandResult } from './commands/command.js';

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
  load({ host, onUnload, module }, { admins, maxListed }) {
    const accounts = host.accountStore;
    if (accounts === undefined || admins.length === 0) return;
    const allowed = new Set(admins.map((admin) => tryParseJid(admin)?.toString()));
    const online = new Set<ClientSession>();

    const tried = async (change: () => Promise<void>): Promise<CommandResult | StanzaError> => {
      try {
        await change();
        return { note: 'Done' };
      } catch (error) {
        if (error instanceof AccountError) return accountError(error);
        throw error;
      }
    };

    /** Does something to each of the accounts that the form names, all of which there have to be. */
    const forEach = async (
      form: DataForm | undefined,
      change: (username: string, store: AccountStore) => Promise<void>,
    ): Promise<CommandResult | StanzaError> => {
      const named = usernames(form, 'accountjids', host);
      if (named === undefined) return stanzaError('bad-request');
      for (const username of named)
        if (!(await accounts.exists(username))) return stanzaError('item-not-found');
      return tried(async () => {
        for (const username of named) await change(username, accounts);
      });
    };

    const withPassword = async (
      form: DataForm | undefined,
      change: (username: string, password: string) => Promise<void>,
    ): Promise<CommandResult | StanzaError> => {
      const [username, ...more] = usernames(form, 'accountjid', host) ?? [];
      const password = text(form, 'password');
      if (username === undefined || more.length > 0) return stanzaError('bad-request');
      const again = text(form, 'password-verify');
      if (again !== '' && again !== password) return stanzaError('not-acceptable', 'The passwords differ');
      return tried(() => change(username, password));
    };

    const announce = (form: DataForm | undefined): CommandResult | StanzaError => {
      const lines = form?.fields.find((one) => one.var === 'announcement')?.values ?? [];
      if (lines.join('').trim() === '') return stanzaError('bad-request');
      const subject = text(form, 'subject');
      for (const session of online) {
        session.send(
          el(
            'message',
            { xmlns: NS.client, type: 'headline', from: host.name, to: session.jid.toString() },
            subject === '' ? undefined : el('subject', {}, subject),
            el('body', {}, lines.join('\n')),
          ),
        );
      }
      return { note: `Sent to ${online.size}` };
    };

    const count = (name: string, value: number): CommandResult => ({
      fields: [
        { var: 'FORM_TYPE', type: 'hidden', values: [formType] },
        { var: name, type: 'text-single', values: [String(value)] },
      ],
    });
    const listed = (name: string, values: readonly string[]): CommandResult => ({
      fields: [
        { var: 'FORM_TYPE', type: 'hidden', values: [formType] },
        { var: name, type: 'jid-multi', values: values.slice(0, maxListed) },
      ],
    });

    const all: readonly Pick<Command, 'node' | 'name' | 'form' | 'run'>[] = [
      {
        node: 'add-user',
        name: 'Add an account',
        form: adminForm('Add an account', field.account, field.password, field.passwordAgain),
        run: (form) => withPassword(form, (username, password) => accounts.register(username, password)),
      },
      {
        node: 'change-user-password',
        name: 'Change the password of an account',
        form: adminForm('Change a password', field.account, field.password),
        run: (form) => withPassword(form, (username, password) => accounts.setPassword(username, password)),
      },
      {
        node: 'delete-user',
        name: 'Remove accounts',
        form: adminForm('Remove accounts', field.accounts),
        run: (form) => forEach(form, (username, store) => store.remove(username)),
      },
      {
        node: 'end-user-session',
        name: 'End the sessions of accounts',
        form: adminForm('End sessions', field.accounts),
        run: (form) =>
          forEach(form, (username) => {
            const account = makeJid(username, host.name);
            for (const session of host.sessions(account)) {
              session.close('policy-violation', 'Ended by an administrator');
            }
            return Promise.resolve();
          }),
      },
      {
        node: 'announce',
        name: 'Announce something to those who are online',
        form: adminForm('Announce', field.subject, field.announcement),
        run: (form) => Promise.resolve(announce(form)),
      },
      {
        node: 'get-registered-users-num',
        name: 'Number of accounts',
        run: async () => count('registeredusersnum', (await accounts.list()).length),
      },
      {
        node: 'get-registered-users-list',
        name: 'Accounts',
        run: async () => {
          const names = await accounts.list();
          return listed(
            'registereduserjids',
            names.map((name) => makeJid(name, host.name).toString()),
          );
        },
      },
      {
        node: 'get-online-users-num',
        name: 'Number of accounts that are online',
        run: () => Promise.resolve(count('onlineusersnum', onlineAccounts().length)),
      },
      {
        node: 'get-online-users-list',
        name: 'Accounts that are online',
        run: () => Promise.resolve(listed('onlineuserjids', onlineAccounts())),
      },
    ];
    const onlineAccounts = (): readonly string[] =>
      [...new Set([...online].map(({ jid }) => jid.bare.toString()))].sort();

    for (const { node, name, form, run } of all) {
      onUnload(
        module<Commands>('commands').add({
          node: `${formType}#${node}`,
          name,
          ...(form === undefined ? {} : { form }),
          mayRun: (who) => allowed.has(who.bare.toString()),
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
  },
});

function accountError({ code, message }: AccountError): StanzaError {
  switch (code) {
    case 'conflict':
      return stanzaError('conflict', message);
    case 'unknown-account':
      return stanzaError('item-not-found', message);
    default:
      return stanzaError('not-acceptable', message);
  }
}
