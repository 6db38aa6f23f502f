/** Commands on accounts (XEP-0133 s.4.1 to s.4.9): make, change, disable, enable and remove them, and what is known of one. */
import {
  isStanzaError,
  makeJid,
  stanzaError,
  tryParseJid,
  type DataForm,
  type Element,
  type StanzaError,
  el,
} from '@conclave/signaling';
import type { CommandResult } from '../commands/command.js';
import type { LastActivity } from '../last-activity.js';
import { encodeItem, rosterNamespace } from '../roster/item.js';
import type { Roster } from '../roster/roster.js';
import type { Rosters } from '../roster/rosters.js';
import { existing, forEach, result, tried, type AdminCommand, type AdminContext } from './context.js';
import { adminForm, field, text, usernames } from './fields.js';

export function accountCommands(context: AdminContext): readonly AdminCommand[] {
  const { host, accounts, offered } = context;

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

  const rosterOf = (username: string): Promise<Roster | undefined> =>
    new Promise((resolve, reject) => {
      const rosters = offered<Rosters>('roster');
      if (rosters === undefined) resolve(undefined);
      else rosters.use(username, resolve, reject);
    });

  /** About one account. */
  const about = async (
    form: DataForm | undefined,
    tell: (username: string, roster: Roster | undefined) => Promise<CommandResult> | CommandResult,
  ): Promise<CommandResult | StanzaError> => {
    const named = await existing(context, form);
    if (isStanzaError(named)) return named;
    const [username, ...more] = named;
    if (username === undefined || more.length > 0) return stanzaError('bad-request', 'One at a time');
    return tell(username, await rosterOf(username));
  };

  const resources = (username: string): readonly string[] =>
    host.sessions(makeJid(username, host.name)).map(({ jid }) => jid.resource ?? '');
  const address = (username: string): string => makeJid(username, host.name).toString();

  const endSessions = (form: DataForm | undefined): CommandResult | StanzaError => {
    const values = form?.fields.find((one) => one.var === 'accountjids')?.values ?? [];
    const named = values.map((value) => tryParseJid(value));
    const here = named.filter((jid) => jid?.domain === host.name && jid.local !== undefined);
    if (here.length === 0 || here.length < values.length) return stanzaError('bad-request');
    let ended = 0;
    for (const jid of here) {
      if (jid === undefined) continue;
      for (const session of host.sessions(jid.bare)) {
        if (!jid.isBare && !session.jid.equals(jid)) continue;
        session.close('policy-violation', 'Ended by an administrator');
        ended++;
      }
    }
    return ended === 0 ? stanzaError('item-not-found') : { note: 'Done' };
  };

  return [
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
      run: (form) => forEach(context, form, (username) => accounts.remove(username)),
    },
    {
      node: 'disable-user',
      name: 'Disable accounts',
      form: adminForm('Disable accounts', field.accounts),
      run: (form) => forEach(context, form, (username) => accounts.disable(username)),
    },
    {
      node: 'reenable-user',
      name: 'Enable accounts again',
      form: adminForm('Enable accounts', field.accounts),
      run: (form) => forEach(context, form, (username) => accounts.enable(username)),
    },
    {
      node: 'end-user-session',
      name: 'End sessions',
      form: adminForm('End sessions', field.accounts),
      run: (form) => Promise.resolve(endSessions(form)),
    },
    {
      node: 'get-user-roster',
      name: 'Contacts of an account',
      form: adminForm('Contacts of an account', field.accounts),
      run: (form) =>
        about(form, (username, roster) => ({
          ...result({ name: 'accountjids', values: [address(username)] }),
          payloads: [contacts(roster)],
        })),
    },
    {
      node: 'get-user-lastlogin',
      name: 'When an account was last used',
      form: adminForm('Last use of an account', field.accounts),
      run: (form) =>
        about(form, async (username) => {
          const left = await offered<LastActivity>('last-activity')?.left(username);
          const isOnline = resources(username).length > 0;
          const last = isOnline ? new Date().toISOString() : left;
          return result(
            { name: 'accountjids', values: [address(username)] },
            { name: 'lastlogin', values: last === undefined ? [] : [last] },
          );
        }),
    },
    {
      node: 'user-stats',
      name: 'What is known of an account',
      form: adminForm('What is known of an account', field.accounts),
      run: (form) =>
        about(form, (username, roster) =>
          result(
            { name: 'accountjids', values: [address(username)] },
            { name: 'rostersize', values: [String(listed(roster).length)] },
            { name: 'onlineresources', values: resources(username) },
          ),
        ),
    },
  ];
}

function listed(roster: Roster | undefined) {
  return [...(roster?.contacts ?? [])].filter((contact) => contact.listed);
}

function contacts(roster: Roster | undefined): Element {
  return el('query', { xmlns: rosterNamespace }, listed(roster).map(encodeItem));
}
