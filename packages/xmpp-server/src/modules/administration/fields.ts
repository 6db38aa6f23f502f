/** The fields of the forms of XEP-0133, and what is in them. */
import {
  formTypeField,
  formValue,
  tryParseJid,
  type DataForm,
  type DataFormField,
} from '@conclave/signaling';
import type { Host } from '../../host/host.js';

export const formType = 'http://jabber.org/protocol/admin';

export function adminForm(title: string, ...fields: readonly DataFormField[]): Omit<DataForm, 'type'> {
  return { title, fields: [formTypeField(formType), ...fields] };
}

export const field = {
  account: { var: 'accountjid', type: 'jid-single', label: 'Account', values: [] },
  accounts: { var: 'accountjids', type: 'jid-multi', label: 'Accounts', values: [] },
  password: { var: 'password', type: 'text-private', label: 'Password', values: [] },
  passwordAgain: { var: 'password-verify', type: 'text-private', label: 'Password again', values: [] },
  announcement: { var: 'announcement', type: 'text-multi', label: 'Announcement', values: [] },
  motd: { var: 'motd', type: 'text-multi', label: 'Message of the day', values: [] },
  admins: { var: 'adminjids', type: 'jid-multi', label: 'Administrators', values: [] },
  subject: { var: 'subject', type: 'text-single', label: 'Subject', values: [] },
} as const satisfies Record<string, DataFormField>;

/** The local parts of the accounts of this host that a form names; undefined: it names none, or something else. */
export function usernames(
  form: DataForm | undefined,
  name: string,
  host: Host,
): readonly string[] | undefined {
  const values = form?.fields.find((one) => one.var === name)?.values ?? [];
  const found = values.map((value) => {
    const jid = tryParseJid(value);
    return jid?.isBare === true && jid.domain === host.name ? jid.local : undefined;
  });
  const known = found.filter((one) => one !== undefined);
  return known.length === 0 || known.length < values.length ? undefined : known;
}

export function text(form: DataForm | undefined, name: string): string {
  return (form === undefined ? undefined : formValue(form, name)) ?? '';
}
