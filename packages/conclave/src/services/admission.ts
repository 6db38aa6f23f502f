/** Who may open conferences, as the configuration says it. */
import type { FocusOptions } from '@conclave/focus';
import type { Config } from '../config/schema.js';

/** How people log in at the focus: by token, where the XMPP server checks tokens. */
export const authenticationOf = ({ focus, xmpp }: Config): NonNullable<FocusOptions['authentication']> => {
  if (focus.authentication !== 'auto') return focus.authentication;
  return xmpp.authentication?.provider === 'token' ? 'jwt' : 'xmpp';
};

/** What is true of every installation of this release; said at start so that nobody has to guess. */
export function admissionPolicy(config: Config): string {
  return authenticationOf(config) === 'none'
    ? 'Admission: rooms are opened by everybody, guests included (focus.authentication is none).'
    : `Admission: rooms are opened by the accounts of ${config.domain} only; guests need no account and wait until a host has opened the room.`;
}
