/** An invitation as an XMPP URI (XEP-0401 s.3.1, XEP-0445 s.2, XEP-0379 s.3.2). */
import type { Invitation } from './invitations.js';

export function invitationUri(
  domain: string,
  { kind, username, inviter, mayRegister, token }: Invitation & { readonly token: string },
): string {
  const at = (name: string | undefined): string =>
    name === undefined ? domain : `${encodeURIComponent(name)}@${domain}`;
  if (kind !== 'contact') return `xmpp:${at(username)}?register;preauth=${token}`;
  return `xmpp:${at(inviter)}?roster;preauth=${token}${mayRegister ? ';ibr=y' : ''}`;
}
