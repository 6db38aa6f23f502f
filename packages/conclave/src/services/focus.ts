/** The focus, logged in to the XMPP server with the password that both find in the secrets directory. */
import { type Focus, startFocus } from '@conclave/focus';
import { publishedCertificate } from '../data/server-certificate.js';
import { servicePassword } from '../data/service-passwords.js';
import type { Scope } from '../process/scope.js';
import { type ServiceContext, sharedDirectory } from './context.js';

/** Where the XMPP server listens for clients. */
export interface XmppAddress {
  readonly host: string;
  readonly port: number;
}

export async function startFocusService(
  context: ServiceContext,
  xmpp: XmppAddress,
  scope: Scope,
): Promise<Focus> {
  const { config, paths, log } = context;
  await sharedDirectory(context);
  const focus = await startFocus(
    {
      domain: config.domain,
      xmpp: {
        ...xmpp,
        username: 'focus',
        password: await servicePassword(paths.secrets, 'focus'),
        tls: { ca: () => publishedCertificate(paths) },
      },
    },
    { log: log.child({ service: 'focus' }) },
  );
  scope.add('focus', () => focus.stop());
  return focus;
}
