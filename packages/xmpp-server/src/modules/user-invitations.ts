/** Easy User Onboarding (XEP-0401): people make invitations from their own clients, as far as the operator lets them. */
import { z } from 'zod';
import { makeJid, stanzaError, tryParseJid, type DataForm, type StanzaError } from '@conclave/signaling';
import { AccountError } from '../accounts/account-error.js';
import { defineModule } from '../host/module.js';
import { text } from './administration/fields.js';
import type { Commands } from './commands.js';
import type { CommandResult } from './commands/command.js';
import type { InvitationRequest, Invitations } from './invitations/invitations.js';
import { invitationUri } from './invitations/uri.js';

const namespace = 'urn:xmpp:invite';

const options = z.strictObject({
  /** Whether everybody may invite contacts. */
  contacts: z.boolean().default(false),
  /** Whether those may make an account here. */
  accounts: z.boolean().default(false),
  /** Bare JIDs of those who may invite people to make accounts. */
  admins: z
    .array(z.string().refine((value) => tryParseJid(value)?.isBare === true, 'not the address of an account'))
    .default([]),
  /** Days that an invitation is good. */
  days: z.number().positive().default(7),
  /** Where the page of an invitation is: its token is put behind. Absent: there is none. */
  page: z.url().optional(),
});

export const userInvitations = defineModule({
  name: 'user-invitations',
  needs: ['invitations', 'commands'],
  options,
  load({ host, onUnload, module }, { contacts, accounts, admins, days, page }) {
    const invitations = module<Invitations | undefined>('invitations');
    const commands = module<Commands>('commands');
    if (invitations === undefined) return;
    const allowed = new Set(admins.map((admin) => tryParseJid(admin)?.toString()));

    const invite = async (
      request: Omit<InvitationRequest, 'lifetime'>,
    ): Promise<CommandResult | StanzaError> => {
      try {
        const made = await invitations.create({ ...request, lifetime: days * 86_400 });
        const field = (name: string, value: string) => ({ var: name, type: 'text-single', values: [value] });
        return {
          fields: [
            { var: 'FORM_TYPE', type: 'hidden', values: [`${namespace}#invitation`] },
            field('uri', invitationUri(host.name, made)),
            ...(page === undefined ? [] : [field('landing-url', page + made.token)]),
            field('expire', made.expires),
          ],
        };
      } catch (error) {
        if (!(error instanceof AccountError)) throw error;
        const conditions = { conflict: 'conflict', 'too-many': 'resource-constraint' } as const;
        const known: Readonly<Record<string, 'conflict' | 'resource-constraint'>> = conditions;
        return stanzaError(known[error.code] ?? 'not-acceptable', error.message);
      }
    };

    const createAccount = (
      form: DataForm | undefined,
      inviter: string,
    ): Promise<CommandResult | StanzaError> => {
      const username = text(form, 'username');
      const isContact = ['1', 'true'].includes(text(form, 'roster-subscription'));
      if (username !== '' && tryParseJid(`${username}@${host.name}`)?.local === undefined) {
        return Promise.resolve(stanzaError('not-acceptable', 'Not a name of an account'));
      }
      return invite({
        kind: 'account',
        ...(username === '' ? {} : { username: makeJid(username, host.name).local }),
        ...(isContact ? { inviter } : {}),
      });
    };

    onUnload(
      commands.add({
        node: `${namespace}#invite`,
        name: 'Invite a contact',
        mayRun: ({ domain, local }) => contacts && domain === host.name && local !== undefined,
        run: (_, who) => invite({ kind: 'contact', inviter: who.local, mayRegister: accounts }),
      }),
    );
    onUnload(
      commands.add({
        node: `${namespace}#create-account`,
        name: 'Invite somebody to make an account',
        form: {
          title: 'Invitation to make an account',
          fields: [
            { var: 'username', type: 'text-single', label: 'Name, if it is not to be chosen', values: [] },
            { var: 'roster-subscription', type: 'boolean', label: 'As a contact of yours', values: ['1'] },
          ],
        },
        mayRun: (who) => allowed.has(who.bare.toString()),
        run: (form, who) => createAccount(form, who.local ?? ''),
      }),
    );
  },
});
