/** Makes invitations, as links to the page of this installation. */
import { invitationUri, type Invitations, type XmppServer } from '@conclave/xmpp-server';
import type { Administration } from '../admin/protocol.js';
import type { Config } from '../config/schema.js';
import { publicUrl } from '../http/public-url.js';

/** Without the module the host refuses, as one that keeps no accounts. */
class NoInvitations extends Error {
  readonly code = 'unknown-host';
}

/** Where the page of an invitation is; its token is put behind. */
export function invitationPage(config: Config): string {
  return `${publicUrl(config)}/invite/`;
}

export function inviting(config: Config, server: XmppServer): Pick<Administration, 'invite' | 'invitations'> {
  const there = (): Invitations => {
    const { invitations } = server;
    if (invitations !== undefined) return invitations;
    throw new NoInvitations(`the module \`invitations\` is not loaded on ${config.domain}`);
  };
  return {
    invite: async (request) => {
      const made = await there().create(request);
      return {
        link: invitationPage(config) + made.token,
        uri: invitationUri(config.domain, made),
        expires: made.expires,
      };
    },
    invitations: {
      list: () => there().list(),
      revoke: (id) => there().revoke(id),
    },
  };
}
