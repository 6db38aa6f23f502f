/** What the commands of administrators share: the accounts of the host, who is online, and the shapes of their answers. */
import { isStanzaError, stanzaError, type DataForm, type StanzaError } from '@conclave/signaling';
import { AccountError } from '../../accounts/account-error.js';
import type { AccountStore, Host } from '../../host/host.js';
import type { Neighbour } from '../../host/module.js';
import type { ClientSession } from '../../session/client-session.js';
import type { Command, CommandResult } from '../commands/command.js';
import { formType, usernames } from './fields.js';

/** A command, as far as administrators' differ. */
export type AdminCommand = Pick<Command, 'name' | 'form' | 'current' | 'run'> & {
  /** Without the namespace of XEP-0133. */
  readonly node: string;
};

export interface AdminContext {
  readonly host: Host;
  readonly accounts: AccountStore;
  readonly online: ReadonlySet<ClientSession>;
  /** Addresses in a list. */
  readonly maxListed: number;
  /** What another module of the host offers; undefined: it is not loaded. */
  readonly offered: Neighbour['offered'];
}

export function result(...fields: readonly { readonly name: string; readonly values: readonly string[] }[]): {
  readonly fields: NonNullable<CommandResult['fields']>;
} {
  return {
    fields: [
      { var: 'FORM_TYPE', type: 'hidden', values: [formType] },
      ...fields.map(({ name, values }) => ({
        var: name,
        type: values.length === 1 ? 'text-single' : 'text-multi',
        values,
      })),
    ],
  };
}

/** Runs a change; an AccountError becomes what the client is told. */
export async function tried(change: () => Promise<void>): Promise<CommandResult | StanzaError> {
  try {
    await change();
    return { note: 'Done' };
  } catch (error) {
    if (error instanceof AccountError) return accountError(error);
    throw error;
  }
}

/** The local parts of the accounts that a form names, all of which there are; or what is wrong. */
export async function existing(
  { host, accounts }: AdminContext,
  form: DataForm | undefined,
): Promise<readonly string[] | StanzaError> {
  const named = usernames(form, 'accountjids', host);
  if (named === undefined) return stanzaError('bad-request');
  for (const username of named) if (!(await accounts.exists(username))) return stanzaError('item-not-found');
  return named;
}

/** Does something to each of the accounts that the form names. */
export async function forEach(
  context: AdminContext,
  form: DataForm | undefined,
  change: (username: string) => Promise<void>,
): Promise<CommandResult | StanzaError> {
  const named = await existing(context, form);
  if (isStanzaError(named)) return named;
  return tried(async () => {
    for (const username of named) await change(username);
  });
}

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
