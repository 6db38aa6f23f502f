/** `jabber:iq:register` (XEP-0077): the form that a server shows, and what a client makes of it. */
import {
  childElements,
  decodeDataForm,
  el,
  encodeDataForm,
  formTypeField,
  formValue,
  NS,
  stanzaError,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import { AccountError } from '../../accounts/account-error.js';

export const registerNamespace = 'jabber:iq:register';

export function isRegister(payload: Element): boolean {
  return payload.name === 'query' && payload.attrs['xmlns'] === registerNamespace;
}

/** @param username the one that is settled */
export function registrationForm(instructions: string, username?: string): Element {
  return el(
    'query',
    { xmlns: registerNamespace },
    el('instructions', {}, instructions),
    el('username', {}, username),
    el('password'),
    encodeDataForm({
      type: 'form',
      instructions,
      fields: [
        formTypeField(registerNamespace),
        {
          var: 'username',
          type: 'text-single',
          label: 'Name',

          values: username === undefined ? [] : [username],
        },
        { var: 'password', type: 'text-private', label: 'Password', values: [] },
      ],
    }),
  );
}

export interface Registration {
  readonly remove: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** What a client has filled in, in the one form or in the other. */
export function readRegistration(query: Element): Registration {
  const x = childElements(query).find((child) => child.name === 'x' && child.attrs['xmlns'] === NS.dataForms);
  const form = x === undefined ? undefined : decodeDataForm(x);
  const value = (name: string): string | undefined => {
    const text = (form === undefined ? undefined : formValue(form, name)) ?? query.getChildText(name) ?? '';
    return text === '' ? undefined : text;
  };
  return {
    remove: query.getChild('remove') !== undefined,
    username: value('username'),
    password: value('password'),
  };
}

/** XEP-0077 s.3.1.1; anything but an AccountError is thrown on. */
export function registrationError(error: unknown): StanzaError {
  if (!(error instanceof AccountError)) throw error;
  switch (error.code) {
    case 'conflict':
      return stanzaError('conflict', 'This name is taken');
    case 'unknown-account':
      return stanzaError('item-not-found');
    default:
      return stanzaError('not-acceptable', error.message);
  }
}

export function missing(field: 'username' | 'password'): StanzaError {
  return stanzaError('not-acceptable', `The ${field} is missing`);
}
