/** Makes invitations, as links to the page of this installation. */
import type { XmppServer } from '@conclave/xmpp-server';
import type { Administration } from '../admin/protocol.js';
import type { Config } from '../config/schema.js';
import { publicUrl } from '../http/public-url.js';

/** Without the module the host refuses, as one that keeps no accounts. */
class NoInvitations extends Error {
  readonly code = 'unknown-host';
}

export function inviting(config: Config, server: XmppServer): Administration['invite'] {
  return async ({ kind, username, lifetime }) => {
    const { invitations } = server;
    if (invitations === undefined) {
      throw new NoInvitations(`the module \`invitations\` is not loaded on ${config.domain}`);
    }
    const { token, expires, username: name } = await invitations.create({ kind, username, lifetime });
    const account = name === undefined ? config.domain : `${encodeURIComponent(name)}@${config.domain}`;
    return {
      link: `${publicUrl(config)}/invite/${token}`,
      uri: `xmpp:${account}?register;preauth=${token}`,
      expires,
    };
  };
}
